"""Where the cells of a spheroid start: a disc in two dimensions, a sphere in three."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_AXIS_TOLERANCE_UM: Final = 0.01


def hexagonal_disc(tumor_radius_um: float, spacing_um: float) -> NDArray[np.float64]:
    """Place cell centres on a hexagonal lattice inside a disc, row by row from the middle.

    Returns x, y and z = 0 in um, shape (cells, 3).
    """
    centres = []
    row = 0
    while (row_y := row * spacing_um * math.sqrt(3) / 2) < tumor_radius_um:
        half_chord = math.sqrt(tumor_radius_um**2 - row_y**2)
        for column_x in np.arange(spacing_um / 2 * (row % 2), half_chord, spacing_um):
            signs_x = (1,) if column_x <= _AXIS_TOLERANCE_UM else (1, -1)
            signs_y = (1,) if row_y <= _AXIS_TOLERANCE_UM else (1, -1)
            centres += [
                (sign_x * column_x, sign_y * row_y, 0.0) for sign_y in signs_y for sign_x in signs_x
            ]
        row += 1
    return np.array(centres)


def layered_sphere(tumor_radius_um: float, cell_radius_um: float) -> NDArray[np.float64]:
    """Place cell centres in staggered rows of touching cells inside a sphere, layer by layer.

    The layers are not packed densely, and the sphere is not symmetric: a row is shifted by its
    number in the whole sphere, not in its layer. So spheroid-tnf-v2 does it. Returns x, y and z in
    um, shape (cells, 3).
    """
    row_spacing_um = math.sqrt(3) * cell_radius_um
    rows = np.arange(-tumor_radius_um, tumor_radius_um, row_spacing_um)
    columns = np.arange(-tumor_radius_um, tumor_radius_um, 2 * cell_radius_um)
    layer, row, column = np.indices((len(rows), len(rows), len(columns))).reshape(3, -1)
    number = layer * len(rows) + row
    centres = np.stack(
        [
            rows[row] + cell_radius_um / 2 * (layer % 2),
            columns[column] + cell_radius_um * (number % 2),
            rows[layer],
        ],
        axis=1,
    )
    inside: NDArray[np.float64] = centres[np.linalg.norm(centres, axis=1) < tumor_radius_um]
    return inside
