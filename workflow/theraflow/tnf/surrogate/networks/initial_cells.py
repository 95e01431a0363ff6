"""How many cells a spheroid of any radius starts with."""

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM
from theraflow.tnf.model.packing import hexagonal_disc, layered_sphere

RADII_UM: Final = np.arange(TUMOR_RADIUS_RANGE_UM[0], TUMOR_RADIUS_RANGE_UM[1] + 1)
# A mature cell has 2494 um3; PhysiCell packs the cells of a disc 1.9 radii apart.
CELL_RADIUS_UM: Final = math.cbrt(3 * 2494 / (4 * math.pi))
LATTICE_SPACING_UM: Final = 1.9 * CELL_RADIUS_UM


def initial_cells_by_radius(
    tumor_radii_um: NDArray[np.int64], cells: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Count the cells at the start for every radius of ``RADII_UM``.

    ``tumor_radii_um`` and ``cells`` (n,) are those of simulations. Where they are those of a disc
    or a sphere as the model packs it, the packing tells all radii. Where not, a power law connects
    the radii that were simulated, which keep their own numbers.
    """
    known_um, numbers = np.unique(tumor_radii_um, return_inverse=True)
    for cells_of in (_cells_of_disc, _cells_of_sphere):
        packed = np.array([cells_of(radius_um) for radius_um in known_um.tolist()])
        if np.array_equal(packed[numbers], cells):
            return np.array([cells_of(radius_um) for radius_um in RADII_UM.tolist()], np.float64)
    known = np.array([np.median(cells[tumor_radii_um == radius]) for radius in known_um])
    between: NDArray[np.float64] = np.exp(
        np.interp(np.log(RADII_UM), np.log(known_um), np.log(np.maximum(known, 1)))
    )
    return between


@functools.cache
def _cells_of_disc(tumor_radius_um: int) -> int:
    return len(hexagonal_disc(tumor_radius_um, LATTICE_SPACING_UM)[0])


@functools.cache
def _cells_of_sphere(tumor_radius_um: int) -> int:
    return len(layered_sphere(tumor_radius_um, CELL_RADIUS_UM)[0])
