"""The cells of a spheroid."""

from collections.abc import MutableSequence
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.constants import Constants
from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.engine.embedded.kernels.records import record_dtype
from theraflow.tnf.engine.embedded.network import NetworkTables, initial_state

ALIVE: Final = 0
APOPTOTIC: Final = 1
NECROTIC: Final = 2
LYSED: Final = 3


class Cell:
    """The properties of one cell, ordered so that what is used together lies together."""

    x_um: float
    y_um: float
    z_um: float
    previous_velocity_x_um_per_min: float
    previous_velocity_y_um_per_min: float
    previous_velocity_z_um_per_min: float
    radius_um: float
    outside_domain: bool

    phase: int
    voxel: int
    voxel_of_transposed_field: int
    free_receptors: float
    bound_receptors: float
    internal_receptors: float
    tnf_taken_up: float
    uptake_per_min: float
    uptake_fraction: float

    volume_um3: float
    fluid_um3: float
    nuclear_um3: float
    nuclear_solid_um3: float
    cytoplasmic_solid_um3: float
    rupture_volume_um3: float
    death_clock_min: float
    network_state: int
    network_is_steady: bool
    next_network_run_min: float
    number: int


Cells: TypeAlias = MutableSequence[Cell]


@kernel
def radius_um(volume_um3: float) -> float:
    """Radius of a sphere of a given volume."""
    radius: float = np.cbrt(3 * volume_um3 / (4 * np.pi))
    return radius


def allocate_cells(capacity: int) -> Cells:
    """Make room for ``capacity`` cells; kernels read and write them by reference."""
    return cast(Cells, np.zeros(capacity, record_dtype(Cell)))


@kernel
def place_cells(
    cells: Cells,
    centres_um: NDArray[np.float64],
    constants: Constants,
    tables: NetworkTables,
    generator: np.random.Generator,
) -> None:
    """Fill the first entries with mature living cells at the given centres (cells, 3)."""
    for i in range(centres_um.shape[0]):
        cell = cells[i]
        cell.number = i
        cell.x_um, cell.y_um, cell.z_um = centres_um[i, 0], centres_um[i, 1], centres_um[i, 2]
        cell.volume_um3 = constants.mature_volume_um3
        cell.fluid_um3 = constants.mature_fluid_um3
        cell.nuclear_um3 = constants.mature_nuclear_um3
        cell.nuclear_solid_um3 = constants.mature_nuclear_solid_um3
        cell.cytoplasmic_solid_um3 = constants.mature_cytoplasmic_solid_um3
        cell.radius_um = radius_um(constants.mature_volume_um3)
        cell.free_receptors = 1.0
        cell.network_state = initial_state(tables, generator)
        cell.next_network_run_min = next_network_run_min(0.0, constants, generator)
        locate(cell, constants)


@kernel
def next_network_run_min(
    time_min: float, constants: Constants, generator: np.random.Generator
) -> float:
    """Draw the time of a cell's next network run."""
    spread = constants.run_interval_spread_fraction * (2 * generator.random() - 1)
    return time_min + constants.mean_run_interval_min * (1 + spread)


@kernel
def locate(cell: Cell, constants: Constants) -> None:
    """Find the voxel of a cell; one whose centre left the domain stays outside for ever."""
    x, y, z, limit = cell.x_um, cell.y_um, cell.z_um, constants.half_width_um
    if not (-limit <= x <= limit and -limit <= y <= limit and -limit <= z <= limit):
        cell.outside_domain = True
        return
    side = constants.voxels_per_side
    column = min(int((x + limit) / constants.voxel_width_um), side - 1)
    row = min(int((y + limit) / constants.voxel_width_um), side - 1)
    layer = 0
    if constants.dimension == 3:
        layer = min(int((z + limit) / constants.voxel_width_um), side - 1)
    cell.voxel = (layer * side + row) * side + column
    cell.voxel_of_transposed_field = (layer * side + column) * side + row


@kernel
def count_phases(cells: Cells, count: int, counts: NDArray[np.int64]) -> None:
    """Count living, apoptotic and necrotic cells into ``counts`` (3,); lysed ones count nowhere."""
    counts[:] = 0
    for i in range(count):
        phase = cells[i].phase
        if phase != LYSED:
            counts[phase] += 1
