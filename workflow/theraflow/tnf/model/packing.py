"""Where the cells of a spheroid start, and how many they are."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_AXIS_TOLERANCE_UM: Final = 0.01


def hexagonal_disc(
    tumor_radius_um: float, spacing_um: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place cell centres on a hexagonal lattice inside a disc, row by row from the middle.

    Returns x and y, each of shape (cells,), um.
    """
    x, y = [], []
    row = 0
    while (row_y := row * spacing_um * math.sqrt(3) / 2) < tumor_radius_um:
        half_chord = math.sqrt(tumor_radius_um**2 - row_y**2)
        for column_x in np.arange(spacing_um / 2 * (row % 2), half_chord, spacing_um):
            signs_x = (1,) if column_x <= _AXIS_TOLERANCE_UM else (1, -1)
            signs_y = (1,) if row_y <= _AXIS_TOLERANCE_UM else (1, -1)
            for sign_y in signs_y:
                for sign_x in signs_x:
                    x.append(sign_x * column_x)
                    y.append(sign_y * row_y)
        row += 1
    return np.array(x), np.array(y)


def layered_sphere(
    tumor_radius_um: float, cell_radius_um: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Place cell centres in staggered rows of touching cells inside a sphere, layer by layer.

    The layers are not packed densely, and the sphere is not symmetric: a row is shifted by its
    number in the whole sphere, not in its layer. So spheroid-tnf-v2 does it. Returns x, y and z,
    each of shape (cells,), um.
    """
    spacing_um = math.sqrt(3) * cell_radius_um
    lines_um = np.arange(-tumor_radius_um, tumor_radius_um, spacing_um)
    columns_um = np.arange(-tumor_radius_um, tumor_radius_um, 2 * cell_radius_um)
    layer, row, column = np.indices((len(lines_um), len(lines_um), len(columns_um))).reshape(3, -1)
    row_of_sphere = layer * len(lines_um) + row
    x = lines_um[row] + cell_radius_um / 2 * (layer % 2)
    y = columns_um[column] + cell_radius_um * (row_of_sphere % 2)
    z = lines_um[layer]
    inside = x**2 + y**2 + z**2 < tumor_radius_um**2
    return x[inside], y[inside], z[inside]
