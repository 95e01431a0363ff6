"""TNF receptors: binding, endocytosis, recycling, and the uptake that depletes the field."""

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.cells import ALIVE, Cell, Cells
from theraflow.tnf.engine.embedded.constants import Constants
from theraflow.tnf.engine.embedded.kernels.compilation import kernel


@kernel
def update_receptors(
    cells: Cells,
    count: int,
    flat_density: NDArray[np.float64],
    is_transposed: bool,
    step_min: float,
    constants: Constants,
) -> None:
    """Bind the TNF taken up in the previous step and move receptors between their states.

    TNF beyond the free receptors returns to the cell's voxel. ``flat_density`` is the field (y, x)
    in one dimension, or (x, y) when it ``is_transposed``.
    """
    endocytosis = constants.endocytosis_per_min * step_min
    recycling = constants.recycling_per_min * step_min
    for i in range(count):
        cell = cells[i]
        if cell.phase != ALIVE or cell.outside_domain:
            continue
        binding = cell.tnf_taken_up
        if binding > cell.free_receptors:
            excess = binding - cell.free_receptors
            flat_density[_voxel(cell, is_transposed)] += excess / constants.voxel_volume_um3
            binding = cell.free_receptors
        internalized = min(endocytosis * cell.bound_receptors, cell.bound_receptors)
        recycled = min(recycling * cell.internal_receptors, cell.internal_receptors)
        cell.tnf_taken_up = 0.0
        cell.free_receptors += recycled - binding
        cell.bound_receptors += binding - internalized
        cell.internal_receptors += internalized - recycled
        cell.uptake_per_min = constants.binding_per_min * cell.free_receptors


@kernel
def freeze_uptake(cells: Cells, count: int, step_min: float, constants: Constants) -> None:
    """Fix the fraction of its voxel's TNF that each cell takes per step, until the next call.

    PhysiBoSS recomputes it only after a phenotype pass, although the receptors change faster.
    """
    for i in range(count):
        cell = cells[i]
        volume_ratio = cell.volume_um3 / constants.voxel_volume_um3
        depletion = 1 + step_min * volume_ratio * cell.uptake_per_min
        cell.uptake_fraction = 0.0 if cell.outside_domain else 1 - 1 / depletion


@kernel
def take_up_tnf(
    cells: Cells,
    count: int,
    flat_density: NDArray[np.float64],
    is_transposed: bool,
    constants: Constants,
) -> None:
    """Let the cells deplete their voxels one after the other."""
    for i in range(count):
        cell = cells[i]
        voxel = _voxel(cell, is_transposed)
        taken = flat_density[voxel] * cell.uptake_fraction
        flat_density[voxel] -= taken
        cell.tnf_taken_up += taken * constants.voxel_volume_um3


@kernel
def _voxel(cell: Cell, is_transposed: bool) -> int:
    return cell.voxel_of_transposed_field if is_transposed else cell.voxel
