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


class Discs(NamedTuple):
    """What mechanics sees of the cells, in the order of the bins that they lie in.

    Shape of each: (capacity,). Disc ``k`` is the cell ``cell[k]``; ``listed_x_um`` and
    ``listed_y_um`` are the positions for which the neighbour list was made.
    """

    cell: NDArray[np.int64]
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    radius_um: NDArray[np.float64]
    velocity_x_um_per_min: NDArray[np.float64]
    velocity_y_um_per_min: NDArray[np.float64]
    listed_x_um: NDArray[np.float64]
    listed_y_um: NDArray[np.float64]


class NeighbourList(NamedTuple):
    """Pairs of discs that touch now or may do so within the next moves, each listed once.

    Pair ``p`` are the discs ``first[p]`` and ``second[p]``. The discs of bin ``b`` are those from
    ``bin_start[b]`` to ``bin_start[b + 1]``; ``bin_of_cell`` is scratch space.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    bin_start: NDArray[np.int64]
    bin_of_cell: NDArray[np.int64]


def allocate_discs(capacity: int) -> Discs:
    """Make room for ``capacity`` cells."""
    return Discs(np.zeros(capacity, np.int64), *(np.zeros(capacity) for _ in Discs._fields[1:]))


def allocate_neighbour_list(capacity: int, constants: Constants) -> NeighbourList:
    """Make room for the neighbour list of ``capacity`` cells."""
    most_bins = (1 + int(2 * constants.half_width_um / constants.voxel_width_um)) ** 2
    return NeighbourList(
        first=np.zeros(capacity * PAIRS_RESERVED_PER_CELL, np.int64),
        second=np.zeros(capacity * PAIRS_RESERVED_PER_CELL, np.int64),
        bin_start=np.zeros(most_bins + 1, np.int64),
        bin_of_cell=np.zeros(capacity, np.int64),
    )


@kernel
def list_neighbours(
    cells: Cells, count: int, discs: Discs, neighbours: NeighbourList, constants: Constants
) -> int:
    """List all pairs within the reach of adhesion plus the skin; return their number.

    Raises ``RuntimeError`` when the list has no room left.
    """
    bins_per_side = _sort_into_bins(cells, count, discs, neighbours, constants)
    x, y, radius = discs.x_um, discs.y_um, discs.radius_um
    first, second, start = neighbours.first, neighbours.second, neighbours.bin_start
    reach_ratio = constants.adhesion_reach_ratio
    pairs = 0
    for row in range(bins_per_side):
        for column in range(bins_per_side):
            # Bins of one row follow each other, so the discs of adjacent bins are one stretch.
            # Each disc looks at the row of bins before its own and at its predecessors in its own.
            left, right = max(column - 1, 0), min(column + 1, bins_per_side - 1)
            own_bin = row * bins_per_side + column
            own_start = start[row * bins_per_side + left]
            before_start = start[max(row - 1, 0) * bins_per_side + left]
            before_end = start[(row - 1) * bins_per_side + right + 1] if row else before_start
            for k in range(start[own_bin], start[own_bin + 1]):
                if pairs + before_end - before_start + k - own_start > first.shape[0]:
                    raise RuntimeError("more neighbours than the engine reserved room for")
                x_k, y_k, radius_k = x[k], y[k], radius[k]
                for stretch_start, end in ((before_start, before_end), (own_start, k)):
                    for other in range(stretch_start, end):
                        dx, dy = x[other] - x_k, y[other] - y_k
                        reach = (radius_k + radius[other]) * reach_ratio + SKIN_UM
                        # Written always, kept if near: cheaper than an unpredictable branch.
                        first[pairs], second[pairs] = k, other
                        pairs += dx * dx + dy * dy < reach * reach
    return pairs


@kernel
def list_is_stale(discs: Discs, count: int) -> bool:
    """Tell whether two cells may have come closer by the skin since the list was made."""
    x, y = discs.x_um, discs.y_um
    listed_x, listed_y = discs.listed_x_um, discs.listed_y_um
    largest = 0.0
    for k in range(count):
        dx, dy = x[k] - listed_x[k], y[k] - listed_y[k]
        largest = max(largest, dx * dx + dy * dy)
    return largest > (SKIN_UM / 2) ** 2


@kernel
def move_cells(
    cells: Cells,
    count: int,
    discs: Discs,
    neighbours: NeighbourList,
    pairs: int,
    step_min: float,
    constants: Constants,
) -> None:
    """Compute all velocities, then move the cells that are inside the domain by one step."""
    _compute_velocities(discs, count, neighbours, pairs, constants)
    velocity_x, velocity_y = discs.velocity_x_um_per_min, discs.velocity_y_um_per_min
    for k in range(count):
        cell = cells[discs.cell[k]]
        if cell.outside_domain:
            continue
        vx, vy = velocity_x[k], velocity_y[k]
        cell.x_um += step_min * (1.5 * vx - 0.5 * cell.previous_velocity_x_um_per_min)
        cell.y_um += step_min * (1.5 * vy - 0.5 * cell.previous_velocity_y_um_per_min)
        cell.previous_velocity_x_um_per_min = vx
        cell.previous_velocity_y_um_per_min = vy
        discs.x_um[k] = cell.x_um
        discs.y_um[k] = cell.y_um
        locate(cell, constants)


@kernel
def _sort_into_bins(
    cells: Cells, count: int, discs: Discs, neighbours: NeighbourList, constants: Constants
) -> int:
    """Copy cells to discs by bins no narrower than the longest reach; return the bins per side."""
    largest_radius = 0.0
    left, right, bottom, top = np.inf, -np.inf, np.inf, -np.inf
    for i in range(count):
        cell = cells[i]
        largest_radius = max(largest_radius, cell.radius_um)
        left, right = min(left, cell.x_um), max(right, cell.x_um)
        bottom, top = min(bottom, cell.y_um), max(top, cell.y_um)
    longest_reach = 2 * largest_radius * constants.adhesion_reach_ratio + SKIN_UM
    start, bin_of_cell = neighbours.bin_start, neighbours.bin_of_cell
    most_per_side = int(np.sqrt(start.shape[0] - 1))
    width = max(right - left, top - bottom)
    bins_per_side = max(1, min(int(width / longest_reach), most_per_side))
    # A little less than one bin per its width keeps the last cell inside the last bin.
    bins_per_um = (bins_per_side - 1e-6) / width if width > 0 else 0.0
    start[: bins_per_side * bins_per_side + 1] = 0
    for i in range(count):
        column = int((cells[i].x_um - left) * bins_per_um)
        row = int((cells[i].y_um - bottom) * bins_per_um)
        bin_of_cell[i] = row * bins_per_side + column
        start[bin_of_cell[i]] += 1
    members = 0
    for k in range(bins_per_side * bins_per_side + 1):
        members += start[k]
        start[k] = members
    for i in range(count - 1, -1, -1):
        start[bin_of_cell[i]] -= 1
        k = start[bin_of_cell[i]]
        cell = cells[i]
        discs.cell[k] = i
        discs.x_um[k] = discs.listed_x_um[k] = cell.x_um
        discs.y_um[k] = discs.listed_y_um[k] = cell.y_um
        discs.radius_um[k] = cell.radius_um
    return bins_per_side


@kernel
def _compute_velocities(
    discs: Discs, count: int, neighbours: NeighbourList, pairs: int, constants: Constants
) -> None:
    x, y, radius = discs.x_um, discs.y_um, discs.radius_um
    vx, vy = discs.velocity_x_um_per_min, discs.velocity_y_um_per_min
    repulsion_strength = constants.repulsion_um_per_min
    adhesion_strength = constants.adhesion_um_per_min
    reach_ratio = constants.adhesion_reach_ratio
    vx[:count] = 0.0
    vy[:count] = 0.0
    for pair in range(pairs):
        i, j = neighbours.first[pair], neighbours.second[pair]
        dx, dy = x[i] - x[j], y[i] - y[j]
        distance = max(np.sqrt(dx * dx + dy * dy), _SMALLEST_DISTANCE_UM)
        relative = distance / (radius[i] + radius[j])
        repulsion = max(0.0, 1 - relative)
        adhesion = max(0.0, 1 - relative / reach_ratio)
        force = (
            repulsion_strength * repulsion * repulsion - adhesion_strength * adhesion * adhesion
        ) / distance
        vx[i] += force * dx
        vy[i] += force * dy
        vx[j] -= force * dx
        vy[j] -= force * dy
