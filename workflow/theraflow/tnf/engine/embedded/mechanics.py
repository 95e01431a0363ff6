"""Repulsion and adhesion between cells, with a neighbour list that is remade when it may be stale.

Potentials of PhysiCell (Ghaffarizadeh et al., PLoS Comput. Biol. 2018,
doi 10.1371/journal.pcbi.1005991), equations of motion of first order, Adams-Bashforth steps.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.cells import Cells, locate
from theraflow.tnf.engine.embedded.compilation import kernel
from theraflow.tnf.engine.embedded.constants import Constants

SKIN_UM: Final = 2.0
PAIRS_RESERVED_PER_CELL: Final = 64
_SMALLEST_DISTANCE_UM = 1e-5


class Spheres(NamedTuple):
    """What mechanics sees of the cells, in the order of the bins that they lie in.

    Shape of each: (capacity,). Sphere ``k`` is the cell ``cell[k]``; ``listed_x_um`` and so on are
    the positions for which the neighbour list was made.
    """

    cell: NDArray[np.int64]
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    z_um: NDArray[np.float64]
    radius_um: NDArray[np.float64]
    velocity_x_um_per_min: NDArray[np.float64]
    velocity_y_um_per_min: NDArray[np.float64]
    velocity_z_um_per_min: NDArray[np.float64]
    listed_x_um: NDArray[np.float64]
    listed_y_um: NDArray[np.float64]
    listed_z_um: NDArray[np.float64]


class NeighbourList(NamedTuple):
    """Pairs of spheres that touch now or may do so within the next moves, each listed once.

    Pair ``p`` are the spheres ``first[p]`` and ``second[p]``. The spheres of bin ``b`` are those from
    ``bin_start[b]`` to ``bin_start[b + 1]``; ``bin_of_cell`` is scratch space.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    bin_start: NDArray[np.int64]
    bin_of_cell: NDArray[np.int64]


def allocate_spheres(capacity: int) -> Spheres:
    """Make room for ``capacity`` cells."""
    return Spheres(np.zeros(capacity, np.int64), *(np.zeros(capacity) for _ in Spheres._fields[1:]))


def allocate_neighbour_list(capacity: int, constants: Constants) -> NeighbourList:
    """Make room for the neighbour list of ``capacity`` cells."""
    most_bins = _most_bins_per_side(constants) ** constants.dimension
    return NeighbourList(
        first=np.zeros(capacity * PAIRS_RESERVED_PER_CELL, np.int64),
        second=np.zeros(capacity * PAIRS_RESERVED_PER_CELL, np.int64),
        bin_start=np.zeros(most_bins + 1, np.int64),
        bin_of_cell=np.zeros(capacity, np.int64),
    )


@kernel
def _most_bins_per_side(constants: Constants) -> int:
    return 1 + int(2 * constants.half_width_um / constants.voxel_width_um)


@kernel
def list_neighbours(
    cells: Cells, count: int, spheres: Spheres, neighbours: NeighbourList, constants: Constants
) -> int:
    """List all pairs within the reach of adhesion plus the skin; return their number.

    Raises ``RuntimeError`` when the list has no room left.
    """
    bins_per_side = _sort_into_bins(cells, count, spheres, neighbours, constants)
    pairs = 0
    for layer in range(bins_per_side if constants.dimension == 3 else 1):
        for row in range(bins_per_side):
            for column in range(bins_per_side):
                pairs = _list_neighbours_of_bin(
                    layer, row, column, bins_per_side, pairs, spheres, neighbours, constants
                )
    return pairs


@kernel
def _list_neighbours_of_bin(
    layer: int,
    row: int,
    column: int,
    bins_per_side: int,
    pairs: int,
    spheres: Spheres,
    neighbours: NeighbourList,
    constants: Constants,
) -> int:
    # Bins of one row follow each other, so the cells of adjacent bins are one stretch. Each cell
    # looks at the rows of bins before its own and at its predecessors in its own.
    first, second, start = neighbours.first, neighbours.second, neighbours.bin_start
    x, y, z, radius = spheres.x_um, spheres.y_um, spheres.z_um, spheres.radius_um
    reach_ratio = constants.adhesion_reach_ratio
    left, right = max(column - 1, 0), min(column + 1, bins_per_side - 1)
    own_row = layer * bins_per_side + row
    own_bin = own_row * bins_per_side + column
    for k in range(start[own_bin], start[own_bin + 1]):
        x_k, y_k, z_k, radius_k = x[k], y[k], z[k], radius[k]
        for other_layer in range(max(layer - 1, 0), layer + 1):
            last_row = row if other_layer == layer else min(row + 1, bins_per_side - 1)
            for other_row in range(max(row - 1, 0), last_row + 1):
                bins = (other_layer * bins_per_side + other_row) * bins_per_side
                end = k if bins + column == own_bin else start[bins + right + 1]
                if pairs + end - start[bins + left] > first.shape[0]:
                    raise RuntimeError("more neighbours than the engine reserved room for")
                for other in range(start[bins + left], end):
                    dx, dy, dz = x[other] - x_k, y[other] - y_k, z[other] - z_k
                    reach = (radius_k + radius[other]) * reach_ratio + SKIN_UM
                    # Written always, kept if near: cheaper than an unpredictable branch.
                    first[pairs], second[pairs] = k, other
                    pairs += dx * dx + dy * dy + dz * dz < reach * reach
    return pairs


@kernel
def list_is_stale(spheres: Spheres, count: int) -> bool:
    """Tell whether two cells may have come closer by the skin since the list was made."""
    x, y, z = spheres.x_um, spheres.y_um, spheres.z_um
    listed_x, listed_y, listed_z = spheres.listed_x_um, spheres.listed_y_um, spheres.listed_z_um
    largest = 0.0
    for k in range(count):
        dx, dy, dz = x[k] - listed_x[k], y[k] - listed_y[k], z[k] - listed_z[k]
        largest = max(largest, dx * dx + dy * dy + dz * dz)
    return largest > (SKIN_UM / 2) ** 2


@kernel
def move_cells(
    cells: Cells,
    count: int,
    spheres: Spheres,
    neighbours: NeighbourList,
    pairs: int,
    step_min: float,
    constants: Constants,
) -> None:
    """Compute all velocities, then move the cells that are inside the domain by one step."""
    _compute_velocities(spheres, count, neighbours, pairs, constants)
    velocity_x, velocity_y = spheres.velocity_x_um_per_min, spheres.velocity_y_um_per_min
    velocity_z = spheres.velocity_z_um_per_min
    for k in range(count):
        cell = cells[spheres.cell[k]]
        if cell.outside_domain:
            continue
        vx, vy, vz = velocity_x[k], velocity_y[k], velocity_z[k]
        cell.x_um += step_min * (1.5 * vx - 0.5 * cell.previous_velocity_x_um_per_min)
        cell.y_um += step_min * (1.5 * vy - 0.5 * cell.previous_velocity_y_um_per_min)
        cell.z_um += step_min * (1.5 * vz - 0.5 * cell.previous_velocity_z_um_per_min)
        cell.previous_velocity_x_um_per_min = vx
        cell.previous_velocity_y_um_per_min = vy
        cell.previous_velocity_z_um_per_min = vz
        spheres.x_um[k] = cell.x_um
        spheres.y_um[k] = cell.y_um
        spheres.z_um[k] = cell.z_um
        locate(cell, constants)


@kernel
def _sort_into_bins(
    cells: Cells, count: int, spheres: Spheres, neighbours: NeighbourList, constants: Constants
) -> int:
    """Copy cells to spheres by bins no narrower than the longest reach; return the bins per side."""
    largest_radius = 0.0
    left, right, bottom, top = np.inf, -np.inf, np.inf, -np.inf
    lowest, highest = np.inf, -np.inf
    for i in range(count):
        cell = cells[i]
        largest_radius = max(largest_radius, cell.radius_um)
        left, right = min(left, cell.x_um), max(right, cell.x_um)
        bottom, top = min(bottom, cell.y_um), max(top, cell.y_um)
        lowest, highest = min(lowest, cell.z_um), max(highest, cell.z_um)
    longest_reach = 2 * largest_radius * constants.adhesion_reach_ratio + SKIN_UM
    start, bin_of_cell = neighbours.bin_start, neighbours.bin_of_cell
    width = max(right - left, top - bottom, highest - lowest)
    bins_per_side = max(1, min(int(width / longest_reach), _most_bins_per_side(constants)))
    # A little less than one bin per its width keeps the last cell inside the last bin.
    bins_per_um = (bins_per_side - 1e-6) / width if width > 0 else 0.0
    bins = bins_per_side**constants.dimension
    start[: bins + 1] = 0
    for i in range(count):
        column = int((cells[i].x_um - left) * bins_per_um)
        row = int((cells[i].y_um - bottom) * bins_per_um)
        layer = int((cells[i].z_um - lowest) * bins_per_um)
        bin_of_cell[i] = (layer * bins_per_side + row) * bins_per_side + column
        start[bin_of_cell[i]] += 1
    members = 0
    for k in range(bins + 1):
        members += start[k]
        start[k] = members
    for i in range(count - 1, -1, -1):
        start[bin_of_cell[i]] -= 1
        k = start[bin_of_cell[i]]
        cell = cells[i]
        spheres.cell[k] = i
        spheres.x_um[k] = spheres.listed_x_um[k] = cell.x_um
        spheres.y_um[k] = spheres.listed_y_um[k] = cell.y_um
        spheres.z_um[k] = spheres.listed_z_um[k] = cell.z_um
        spheres.radius_um[k] = cell.radius_um
    return bins_per_side


@kernel
def _compute_velocities(
    spheres: Spheres, count: int, neighbours: NeighbourList, pairs: int, constants: Constants
) -> None:
    x, y, z, radius = spheres.x_um, spheres.y_um, spheres.z_um, spheres.radius_um
    vx, vy = spheres.velocity_x_um_per_min, spheres.velocity_y_um_per_min
    vz = spheres.velocity_z_um_per_min
    repulsion_strength = constants.repulsion_um_per_min
    adhesion_strength = constants.adhesion_um_per_min
    reach_ratio = constants.adhesion_reach_ratio
    vx[:count] = 0.0
    vy[:count] = 0.0
    vz[:count] = 0.0
    for pair in range(pairs):
        i, j = neighbours.first[pair], neighbours.second[pair]
        dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        distance = max(np.sqrt(dx * dx + dy * dy + dz * dz), _SMALLEST_DISTANCE_UM)
        relative = distance / (radius[i] + radius[j])
        repulsion = max(0.0, 1 - relative)
        adhesion = max(0.0, 1 - relative / reach_ratio)
        force = (
            repulsion_strength * repulsion * repulsion - adhesion_strength * adhesion * adhesion
        ) / distance
        vx[i] += force * dx
        vy[i] += force * dy
        vz[i] += force * dz
        vx[j] -= force * dx
        vy[j] -= force * dy
        vz[j] -= force * dz
