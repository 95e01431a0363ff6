"""One simulation of the TNF spheroid: from the first cells to hourly counts and snapshots."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.engines import Dimension
from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.core.errors import UserError
from theraflow.tnf.engine.embedded.cells import (
    Cells,
    allocate_cells,
    count_phases,
    place_cells,
    radius_um,
)
from theraflow.tnf.engine.embedded.constants import Constants, kernel_constants
from theraflow.tnf.engine.embedded.field import (
    LineSolver,
    diffuse,
    empty_field,
    hold_source,
    line_solver,
    source_voxels,
)
from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.engine.embedded.lifecycle import update_phenotypes
from theraflow.tnf.engine.embedded.mechanics import move_cells
from theraflow.tnf.engine.embedded.neighbours import (
    NeighbourList,
    Spheres,
    allocate_neighbour_list,
    allocate_spheres,
    list_is_stale,
    list_neighbours,
)
from theraflow.tnf.engine.embedded.network import NetworkTables, network_tables
from theraflow.tnf.engine.embedded.receptors import freeze_uptake, take_up_tnf, update_receptors
from theraflow.tnf.engine.embedded.snapshot import Snapshot, take_snapshot
from theraflow.tnf.model.packing import hexagonal_disc, layered_sphere
from theraflow.tnf.model.spheroid import SpheroidModel
from theraflow.tnf.model.time_steps import TimeSteps
from theraflow.tnf.simulation import OUTPUT_INTERVAL_MIN, ParameterPoint

_SPARE_STANDARD_DEVIATIONS = 12
_SPARE_CELLS = 64


class Spheroid(NamedTuple):
    """A spheroid between two steps: all that the next one starts from.

    Of ``cells``, the first ``cell_count`` exist; ``numbered`` have ever done so. ``density`` is the
    field (z, y, x), or (z, x, y) when it ``is_transposed``; ``diffused`` is scratch space of the
    same shape.
    """

    cells: Cells
    cell_count: int
    numbered: int
    density: NDArray[np.float64]
    diffused: NDArray[np.float64]
    is_transposed: bool
    uptake_is_frozen: bool
    spheres: Spheres
    neighbours: NeighbourList


def simulate_spheroid(
    model: SpheroidModel,
    point: ParameterPoint,
    seed: int,
    time_steps: TimeSteps,
    horizon_min: int = DEFAULT_HORIZON_MIN,
    dimension: Dimension = 2,
) -> NDArray[np.int64]:
    """Simulate one spheroid under pulsed TNF, a disc or a sphere.

    Returns counts of shape (hours + 1, 3): living, apoptotic and necrotic (not lysed) cells at
    every full hour to the horizon. The same arguments give the same counts, and a longer horizon
    only more of them. Raises ``UserError`` for a tumour that does not fit into the domain.

    Source: spheroid-tnf-v2 (Ponce-de-Leon et al. 2022, doi 10.3389/fmolb.2022.836794).
    """
    return simulate_with_snapshots(model, point, seed, time_steps, horizon_min, dimension, ())[0]


def simulate_with_snapshots(
    model: SpheroidModel,
    point: ParameterPoint,
    seed: int,
    time_steps: TimeSteps,
    horizon_min: int,
    dimension: Dimension,
    times_min: Sequence[int],
) -> tuple[NDArray[np.int64], list[Snapshot]]:
    """Simulate as ``simulate_spheroid`` does, and stop to look at the spheroid at some times.

    ``times_min`` rise, and lie within the horizon. Returns the same counts, whatever they are, and
    a snapshot of each.
    """
    constants = kernel_constants(model, dimension)
    field = model.constants.tnf_field
    if point.tumor_radius_um >= field.source_radius_um:
        raise UserError(
            f"tumor_radius_um={point.tumor_radius_um}: the TNF source begins at "
            f"{field.source_radius_um:g} um; give a smaller radius"
        )
    tables = network_tables(model.network)
    generator = np.random.Generator(np.random.PCG64(seed))
    source = source_voxels(model.constants, dimension)
    source_density = field.density_per_concentration * point.tnf_concentration
    solver = line_solver(model.constants, time_steps.field_min, dimension)
    centres_um = _first_centres_um(point.tumor_radius_um, model, constants)
    capacity = _room_for_cells(len(centres_um), model, horizon_min)
    cells = allocate_cells(capacity)
    place_cells(cells, centres_um, constants, tables, generator)
    density = head_start_field(model, source_density, dimension)
    spheroid = Spheroid(
        cells,
        cell_count=len(centres_um),
        numbered=len(centres_um),
        density=density,
        diffused=np.empty_like(density),
        is_transposed=False,
        uptake_is_frozen=False,
        spheres=allocate_spheres(capacity),
        neighbours=allocate_neighbour_list(capacity, constants),
    )
    counts = np.empty((horizon_min // OUTPUT_INTERVAL_MIN + 1, 3), np.int64)
    snapshots = []
    step = 0
    for stop_min in sorted({*times_min, horizon_min}):
        stop = round(stop_min / time_steps.field_min)
        spheroid = _advance(
            spheroid,
            step,
            stop,
            counts,
            source,
            source_density,
            solver,
            tables,
            constants,
            point.pulse_period_min,
            point.pulse_duration_min,
            time_steps.field_min,
            round(time_steps.mechanics_min / time_steps.field_min),
            generator,
        )
        step = stop
        if stop_min in times_min:
            seen = spheroid.cell_count, spheroid.density, spheroid.is_transposed
            snapshots.append(take_snapshot(stop_min, cells, *seen))
    return counts, snapshots


def _first_centres_um(
    tumor_radius_um: float, model: SpheroidModel, constants: Constants
) -> NDArray[np.float64]:
    cell_radius_um = radius_um(constants.mature_volume_um3)
    if constants.dimension == 3:
        return np.stack(layered_sphere(tumor_radius_um, cell_radius_um), axis=1)
    spacing_um = model.constants.mechanics.packing_spacing_radii * cell_radius_um
    x, y = hexagonal_disc(tumor_radius_um, spacing_um)
    return np.stack([x, y, np.zeros_like(x)], axis=1)


def head_start_field(
    model: SpheroidModel, source_density: float, dimension: Dimension
) -> NDArray[np.float64]:
    """TNF density (z, y, x) at t = 0: one pulse applied, then diffusion without cells."""
    field = model.constants.tnf_field
    density = empty_field(model.constants.domain, dimension)
    diffused = np.empty_like(density)
    hold_source(density.ravel(), source_voxels(model.constants, dimension), source_density)
    solver = line_solver(model.constants, field.head_start_step_min, dimension)
    for _ in range(field.head_start_steps):
        diffuse(density, diffused, solver)
        density, diffused = diffused, density
    # Without cells the field is symmetric, so that its transposition does not matter.
    return density


def _room_for_cells(initial: int, model: SpheroidModel, horizon_min: int) -> int:
    # Without deaths the count is a Yule process: mean n e^(bT), variance n e^(bT) (e^(bT) - 1).
    constants = model.constants
    growth = math.exp(constants.birth_and_death.birth_per_min * horizon_min)
    deviation = math.sqrt(initial * growth * (growth - 1))
    return math.ceil(initial * growth + _SPARE_STANDARD_DEVIATIONS * deviation) + _SPARE_CELLS


@kernel
def _advance(
    spheroid: Spheroid,
    first_step: int,
    end_step: int,
    counts: NDArray[np.int64],
    source: NDArray[np.int64],
    source_density: float,
    solver: LineSolver,
    tables: NetworkTables,
    constants: Constants,
    pulse_period_min: int,
    pulse_duration_min: int,
    step_min: float,
    steps_per_move: int,
    generator: np.random.Generator,
) -> Spheroid:
    """Run the steps from the first to that before the end; fill the rows of ``counts`` between."""
    cells, count, numbered = spheroid.cells, spheroid.cell_count, spheroid.numbered
    density, diffused = spheroid.density, spheroid.diffused
    is_transposed, uptake_is_frozen = spheroid.is_transposed, spheroid.uptake_is_frozen
    spheres, neighbours = spheroid.spheres, spheroid.neighbours
    flip_rates = np.empty(tables.start_probability.shape[0])
    marks = np.empty(len(cells), np.int64)
    steps_per_phenotype = round(constants.phenotype_step_min / step_min)
    steps_per_output = round(OUTPUT_INTERVAL_MIN / step_min)
    period_steps = round(pulse_period_min / step_min)
    duration_steps = round(pulse_duration_min / step_min)
    has_tnf = source_density > 0
    for step in range(first_step, end_step):
        if step % steps_per_output == 0:
            count_phases(cells, count, counts[step // steps_per_output])
        if step % period_steps <= duration_steps:
            # The source is the same set of voxels in the transposed field.
            hold_source(density.ravel(), source, source_density)
        if has_tnf:
            diffuse(density, diffused, solver)
            density, diffused = diffused, density
            flat_density = density.ravel()
            is_transposed = not is_transposed
            update_receptors(cells, count, flat_density, is_transposed, step_min, constants)
            if not uptake_is_frozen:
                freeze_uptake(cells, count, step_min, constants)
                uptake_is_frozen = True
            take_up_tnf(cells, count, flat_density, is_transposed, constants)
        if step % steps_per_phenotype == 0:
            count, numbered = update_phenotypes(
                cells,
                count,
                numbered,
                step * step_min,
                constants,
                tables,
                flip_rates,
                marks,
                generator,
            )
            uptake_is_frozen = False
            neighbours = list_neighbours(cells, count, spheres, neighbours, constants)
        if step % steps_per_move == 0:
            if list_is_stale(spheres, count):
                neighbours = list_neighbours(cells, count, spheres, neighbours, constants)
            move_cells(cells, count, spheres, neighbours, steps_per_move * step_min, constants)
    if end_step % steps_per_output == 0:
        count_phases(cells, count, counts[end_step // steps_per_output])
    return Spheroid(
        cells,
        count,
        numbered,
        density,
        diffused,
        is_transposed,
        uptake_is_frozen,
        spheres,
        neighbours,
    )
