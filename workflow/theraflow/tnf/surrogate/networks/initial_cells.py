"""How many cells a spheroid of any radius starts with."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM
from theraflow.tnf.model.packing import hexagonal_disc

RADII_UM: Final = np.arange(TUMOR_RADIUS_RANGE_UM[0], TUMOR_RADIUS_RANGE_UM[1] + 1)
# 1.9 radii of a mature cell of 2494 um3, as PhysiCell packs its cells.
LATTICE_SPACING_UM: Final = 1.9 * math.cbrt(3 * 2494 / (4 * math.pi))


def initial_cells_by_radius(
    tumor_radii_um: NDArray[np.int64], cells: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Count the cells at the start for every radius of ``RADII_UM``.

    ``tumor_radii_um`` and ``cells`` (n,) are those of simulations. Where they lie on the hexagonal
    lattice of the model, it tells all radii. Where not, as in three dimensions, a power law
    connects the radii that were simulated, which keep their own numbers.
    """
    lattice = np.array(
        [len(hexagonal_disc(radius, LATTICE_SPACING_UM)[0]) for radius in RADII_UM.tolist()],
        np.float64,
    )
    if np.array_equal(lattice[tumor_radii_um - RADII_UM[0]], cells):
        return lattice
    known_um = np.unique(tumor_radii_um)
    known = np.array([np.median(cells[tumor_radii_um == radius]) for radius in known_um])
    between: NDArray[np.float64] = np.exp(
        np.interp(np.log(RADII_UM), np.log(known_um), np.log(np.maximum(known, 1)))
    )
    return between
