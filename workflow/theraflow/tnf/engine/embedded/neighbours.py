"""Which cells are near each other: a list of neighbours, remade when it may be stale."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.cells import Cells
from theraflow.tnf.engine.embedded.constants import Constants
from theraflow.tnf.engine.embedded.kernels.compilation import kernel

SKIN_UM: Final = 2.0
_NEIGHBOURS_RESERVED_PER_CELL: Final = 16
_MOST_ROWS: Final = 5


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


class NearSpheres(NamedTuple):
    """Copies of the spheres that may be neighbours of those in one bin, each of shape (capacity,).

    ``excess_um2`` tells by how much the square of a distance exceeds that of the reach.
    """

    sphere: NDArray[np.uint32]
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    z_um: NDArray[np.float64]
    radius_um: NDArray[np.float64]
    excess_um2: NDArray[np.float64]


class NeighbourList(NamedTuple):
    """Pairs of spheres that touch now or may do so within the next moves, each listed once.

    The neighbours of lower number of sphere ``k`` are ``sphere[begin[k]]`` to
    ``sphere[begin[k + 1] - 1]``. The spheres of bin ``b`` are those from ``bin_begin[b]`` to
    ``bin_begin[b + 1] - 1``. The other fields are scratch space: the bin of each cell; the spheres
    near one bin; and as many numbers for some of the pairs as there is room for pairs.

    Numbers of bins and spheres have no sign, because a kernel looks at every index that has one
    whether it counts from the end.
    """

    begin: NDArray[np.uint64]
    sphere: NDArray[np.uint32]
    bin_begin: NDArray[np.uint64]
    bin_of_cell: NDArray[np.uint64]
    near: NearSpheres
    pair_x: NDArray[np.float64]
    pair_y: NDArray[np.float64]
    pair_z: NDArray[np.float64]
    pair_contact_um: NDArray[np.float64]


def allocate_spheres(capacity: int) -> Spheres:
    """Make room for ``capacity`` cells."""
    return Spheres(np.zeros(capacity, np.int64), *(np.zeros(capacity) for _ in Spheres._fields[1:]))


def allocate_neighbour_list(capacity: int, constants: Constants) -> NeighbourList:
    """Make room for the bins of ``capacity`` cells, and for some neighbours of each."""
    most_bins = _most_bins_per_side(constants) ** constants.dimension
    room = capacity * _NEIGHBOURS_RESERVED_PER_CELL
    return NeighbourList(
        np.zeros(capacity + 1, np.uint64),
        np.empty(room, np.uint32),
        np.zeros(most_bins + 1, np.uint64),
        np.zeros(capacity, np.uint64),
        NearSpheres(np.empty(capacity, np.uint32), *(np.empty(capacity) for _ in range(5))),
        *(np.empty(room) for _ in range(4)),
    )


@kernel
def list_neighbours(
    cells: Cells, count: int, spheres: Spheres, neighbours: NeighbourList, constants: Constants
) -> NeighbourList:
    """List all pairs within the reach of adhesion plus the skin; return the list.

    It is the one given, or a copy with more room.
    """
    bins_per_side = _sort_into_bins(cells, count, spheres, neighbours, constants)
    while not _list_pairs(bins_per_side, spheres, neighbours, constants):
        neighbours = _with_twice_the_room(neighbours)
    return neighbours


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
def _most_bins_per_side(constants: Constants) -> int:
    return 1 + int(2 * constants.half_width_um / constants.voxel_width_um)


@kernel
def _sort_into_bins(
    cells: Cells, count: int, spheres: Spheres, neighbours: NeighbourList, constants: Constants
) -> int:
    """Copy cells to spheres by bins no narrower than the longest reach; return bins per side."""
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
    begin, bin_of_cell = neighbours.bin_begin, neighbours.bin_of_cell
    width = max(right - left, top - bottom, highest - lowest)
    bins_per_side = max(1, min(int(width / longest_reach), _most_bins_per_side(constants)))
    # A little less than one bin per its width keeps the last cell inside the last bin.
    bins_per_um = (bins_per_side - 1e-6) / width if width > 0 else 0.0
    bins = bins_per_side**constants.dimension
    begin[: bins + 1] = 0
    for i in range(count):
        column = int((cells[i].x_um - left) * bins_per_um)
        row = int((cells[i].y_um - bottom) * bins_per_um)
        layer = int((cells[i].z_um - lowest) * bins_per_um)
        bin_of_cell[i] = (layer * bins_per_side + row) * bins_per_side + column
        begin[bin_of_cell[i]] += np.uint64(1)
    members = np.uint64(0)
    for k in range(bins + 1):
        members += begin[k]
        begin[k] = members
    for i in range(count - 1, -1, -1):
        begin[bin_of_cell[i]] -= np.uint64(1)
        k = begin[bin_of_cell[i]]
        cell = cells[i]
        spheres.cell[k] = i
        spheres.x_um[k] = spheres.listed_x_um[k] = cell.x_um
        spheres.y_um[k] = spheres.listed_y_um[k] = cell.y_um
        spheres.z_um[k] = spheres.listed_z_um[k] = cell.z_um
        spheres.radius_um[k] = cell.radius_um
    return bins_per_side


@kernel
def _list_pairs(
    bins_per_side: int, spheres: Spheres, neighbours: NeighbourList, constants: Constants
) -> bool:
    """Fill the list from the bins; return whether it had enough room."""
    listed, begin, near = neighbours.sphere, neighbours.begin, neighbours.near
    x, y, z, radius = near.x_um, near.y_um, near.z_um, near.radius_um
    excess, bin_begin = near.excess_um2, neighbours.bin_begin
    reach_ratio = constants.adhesion_reach_ratio
    rows = np.empty(_MOST_ROWS, np.int64)
    one = np.uint64(1)
    pairs = np.uint64(0)
    for own_bin in range(bins_per_side**constants.dimension):
        own_begin, own_end = bin_begin[own_bin], bin_begin[own_bin + 1]
        if own_begin == own_end:
            continue
        own_row, column = divmod(own_bin, bins_per_side)
        left, right = max(column - 1, 0), min(column + 1, bins_per_side - 1)
        candidates = np.uint64(0)
        for number in range(_rows_to_look_at(own_row, bins_per_side, rows)):
            # Bins of one row follow each other, so that their spheres are one stretch.
            row = rows[number] * bins_per_side
            stretch_end = own_end if rows[number] == own_row else bin_begin[row + right + 1]
            for k in range(bin_begin[row + left], stretch_end):
                near.sphere[candidates] = k
                x[candidates], y[candidates] = spheres.x_um[k], spheres.y_um[k]
                z[candidates], radius[candidates] = spheres.z_um[k], spheres.radius_um[k]
                candidates += one
        if pairs + candidates * (own_end - own_begin) > listed.shape[0]:
            return False
        # The bin's own spheres come last, so that each adds itself to the candidates of the next.
        candidates -= own_end - own_begin
        for k in range(own_begin, own_end):
            x_k, y_k, z_k = spheres.x_um[k], spheres.y_um[k], spheres.z_um[k]
            radius_k = spheres.radius_um[k]
            for c in range(candidates):
                dx, dy, dz = x[c] - x_k, y[c] - y_k, z[c] - z_k
                reach = (radius_k + radius[c]) * reach_ratio + SKIN_UM
                excess[c] = dx * dx + dy * dy + dz * dz - reach * reach
            begin[k] = pairs
            for c in range(candidates):
                # Written always, kept if near: cheaper than an unpredictable branch.
                listed[pairs] = near.sphere[c]
                pairs += np.uint64(excess[c] < 0)
            candidates += one
        begin[own_end] = pairs
    return True


@kernel
def _rows_to_look_at(own_row: int, bins_per_side: int, rows: NDArray[np.int64]) -> int:
    """List the neighbours of lower number of a row of bins, then itself; return their number."""
    layer, row = divmod(own_row, bins_per_side)
    found = 0
    for other_layer in range(max(layer - 1, 0), layer + 1):
        last = row if other_layer == layer else min(row + 1, bins_per_side - 1)
        for other_row in range(max(row - 1, 0), last + 1):
            rows[found] = other_layer * bins_per_side + other_row
            found += 1
    return found


@kernel
def _with_twice_the_room(neighbours: NeighbourList) -> NeighbourList:
    room = 2 * neighbours.sphere.shape[0]
    return NeighbourList(
        neighbours.begin,
        np.empty(room, np.uint32),
        neighbours.bin_begin,
        neighbours.bin_of_cell,
        neighbours.near,
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room),
    )
