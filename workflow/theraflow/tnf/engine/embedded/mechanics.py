"""Repulsion and adhesion between cells, and how they move.

Potentials of PhysiCell (Ghaffarizadeh et al., PLoS Comput. Biol. 2018,
doi 10.1371/journal.pcbi.1005991), equations of motion of first order, Adams-Bashforth steps. In two
dimensions every z is zero.
"""

from typing import Final

import numpy as np

from theraflow.tnf.engine.embedded.cells import Cells, locate
from theraflow.tnf.engine.embedded.constants import Constants
from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.engine.embedded.neighbours import NeighbourList, Spheres

_SMALLEST_DISTANCE_UM: Final = 1e-5
_SPHERES_AT_ONCE: Final = 64


@kernel
def move_cells(
    cells: Cells,
    count: int,
    spheres: Spheres,
    neighbours: NeighbourList,
    step_min: float,
    constants: Constants,
) -> None:
    """Compute all velocities, then move the cells that are inside the domain by one step."""
    _compute_velocities(spheres, count, neighbours, constants)
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
def _compute_velocities(
    spheres: Spheres, count: int, neighbours: NeighbourList, constants: Constants
) -> None:
    # Some spheres at a time, so that what is known of their pairs stays in the processor's cache.
    for first in range(0, count, _SPHERES_AT_ONCE):
        end = min(first + _SPHERES_AT_ONCE, count)
        _collect_displacements(spheres, first, end, neighbours)
        pairs = neighbours.begin[end] - neighbours.begin[first]
        _displacements_to_velocities(pairs, neighbours, constants)
        _add_velocities(spheres, first, end, neighbours)


@kernel
def _collect_displacements(
    spheres: Spheres, first: int, end: int, neighbours: NeighbourList
) -> None:
    x, y, z, radius = spheres.x_um, spheres.y_um, spheres.z_um, spheres.radius_um
    dx, dy, dz = neighbours.pair_x, neighbours.pair_y, neighbours.pair_z
    first_pair = neighbours.begin[first]
    for i in range(first, end):
        x_i, y_i, z_i, radius_i = x[i], y[i], z[i], radius[i]
        for listed in range(neighbours.begin[i], neighbours.begin[i + 1]):
            j, pair = neighbours.sphere[listed], listed - first_pair
            dx[pair], dy[pair], dz[pair] = x_i - x[j], y_i - y[j], z_i - z[j]
            neighbours.pair_contact_um[pair] = radius_i + radius[j]


@kernel
def _displacements_to_velocities(
    pairs: int, neighbours: NeighbourList, constants: Constants
) -> None:
    # Apart from what is gathered before and scattered after, so that it uses vector instructions.
    dx, dy, dz = neighbours.pair_x, neighbours.pair_y, neighbours.pair_z
    repulsion_strength = constants.repulsion_um_per_min
    adhesion_strength = constants.adhesion_um_per_min
    reach_ratio = constants.adhesion_reach_ratio
    for pair in range(pairs):
        squared = dx[pair] * dx[pair] + dy[pair] * dy[pair] + dz[pair] * dz[pair]
        distance = max(np.sqrt(squared), _SMALLEST_DISTANCE_UM)
        relative = distance / neighbours.pair_contact_um[pair]
        repulsion = max(0.0, 1 - relative)
        adhesion = max(0.0, 1 - relative / reach_ratio)
        force = (
            repulsion_strength * repulsion * repulsion - adhesion_strength * adhesion * adhesion
        ) / distance
        dx[pair] *= force
        dy[pair] *= force
        dz[pair] *= force


@kernel
def _add_velocities(spheres: Spheres, first: int, end: int, neighbours: NeighbourList) -> None:
    vx, vy = spheres.velocity_x_um_per_min, spheres.velocity_y_um_per_min
    vz = spheres.velocity_z_um_per_min
    pair_x, pair_y, pair_z = neighbours.pair_x, neighbours.pair_y, neighbours.pair_z
    first_pair = neighbours.begin[first]
    for i in range(first, end):
        vx_i, vy_i, vz_i = 0.0, 0.0, 0.0
        for listed in range(neighbours.begin[i], neighbours.begin[i + 1]):
            # Listed neighbours have lower numbers, and so their velocities already.
            j, pair = neighbours.sphere[listed], listed - first_pair
            vx_i += pair_x[pair]
            vy_i += pair_y[pair]
            vz_i += pair_z[pair]
            vx[j] -= pair_x[pair]
            vy[j] -= pair_y[pair]
            vz[j] -= pair_z[pair]
        vx[i], vy[i], vz[i] = vx_i, vy_i, vz_i
