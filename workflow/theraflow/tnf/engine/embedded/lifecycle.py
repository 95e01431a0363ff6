"""The phenotype pass: network decisions, volume, death and division of every cell."""

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.cells import (
    ALIVE,
    APOPTOTIC,
    LYSED,
    NECROTIC,
    Cell,
    Cells,
    locate,
    next_network_run_min,
    radius_um,
)
from theraflow.tnf.engine.embedded.constants import Constants
from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.engine.embedded.network import (
    NetworkTables,
    node_value,
    run_network,
    with_node_value,
)


@kernel
def update_phenotypes(
    cells: Cells,
    count: int,
    numbered: int,
    time_min: float,
    constants: Constants,
    tables: NetworkTables,
    flip_rates: NDArray[np.float64],
    marks: NDArray[np.int64],
    generator: np.random.Generator,
) -> tuple[int, int]:
    """Run one phenotype pass over all cells inside the domain.

    Returns how many cells there are now, and how many there have ever been: daughters are numbered
    on from ``numbered``. ``flip_rates`` (nodes,) and ``marks`` (capacity,) are scratch space.
    Raises ``RuntimeError`` when the arrays have no room for a daughter.
    """
    dividing = 0
    removed = count
    for i in range(count):
        cell = cells[i]
        if cell.outside_domain:
            continue
        if cell.phase == ALIVE and time_min >= cell.next_network_run_min:
            _decide_fate(cell, time_min, constants, tables, flip_rates, generator)
        _update_volume(cell, constants)
        if cell.phase == ALIVE and generator.random() < constants.spontaneous_apoptosis_probability:
            _start_death(cell, APOPTOTIC, constants)
        if cell.phase == ALIVE:
            if generator.random() < constants.division_probability:
                marks[dividing] = i
                dividing += 1
        elif _advance_death(cell, constants):
            removed -= 1
            marks[removed] = i
    with_daughters = count + dividing
    if with_daughters > marks.shape[0]:
        raise RuntimeError("more cells than the engine reserved room for")
    # Marked from the end of the scratch space backwards, removed cells come highest index first,
    # so that the cell that fills a gap is never one that is still to be removed.
    for k in range(dividing):
        cells[count + k] = cells[marks[k]]
        cells[count + k].number = numbered + k
        _divide(cells[marks[k]], cells[count + k], constants, generator)
    last = with_daughters
    for k in range(removed, count):
        last -= 1
        cells[marks[k]] = cells[last]
    return last, numbered + dividing


@kernel
def _decide_fate(
    cell: Cell,
    time_min: float,
    constants: Constants,
    tables: NetworkTables,
    flip_rates: NDArray[np.float64],
    generator: np.random.Generator,
) -> None:
    state = cell.network_state
    sees_tnf = 1 if cell.bound_receptors > constants.signalling_threshold_fraction else 0
    if not (cell.network_is_steady and node_value(state, constants.input_node) == sees_tnf):
        state = with_node_value(state, constants.input_node, sees_tnf)
        state, steady = run_network(
            tables, state, constants.network_time_per_run, flip_rates, generator
        )
        cell.network_state = state
        cell.network_is_steady = steady
    if node_value(state, constants.apoptosis_node):
        _start_death(cell, APOPTOTIC, constants)
    elif node_value(state, constants.necrosis_node):
        _start_death(cell, NECROTIC, constants)
    cell.next_network_run_min = next_network_run_min(time_min, constants, generator)


@kernel
def _start_death(cell: Cell, phase: int, constants: Constants) -> None:
    cell.phase = phase
    cell.death_clock_min = 0.0
    cell.rupture_volume_um3 = constants.rupture_volume_ratio * cell.volume_um3
    cell.uptake_per_min *= constants.dead_uptake_factor


@kernel
def _advance_death(cell: Cell, constants: Constants) -> bool:
    """Advance the death of a cell; return whether the cell vanishes."""
    cell.death_clock_min += constants.phenotype_step_min
    if cell.phase == NECROTIC and cell.volume_um3 >= cell.rupture_volume_um3:
        cell.phase = LYSED
    return cell.phase == APOPTOTIC and cell.death_clock_min > constants.apoptosis_duration_min


@kernel
def _update_volume(cell: Cell, constants: Constants) -> None:
    phase = cell.phase
    if phase == ALIVE:
        fluid_fraction = constants.fluid_fraction
        nuclear_target = constants.mature_nuclear_solid_um3
        cytoplasmic_target = constants.mature_cytoplasmic_solid_um3
        fluid_rate = constants.fluid_per_min
        nuclear_rate = constants.nuclear_biomass_per_min
        cytoplasmic_rate = constants.cytoplasmic_biomass_per_min
    else:
        fluid_fraction = constants.apoptotic_fluid_fraction
        if phase == NECROTIC:
            fluid_fraction = constants.necrotic_fluid_fraction
        nuclear_target = 0.0
        cytoplasmic_target = 0.0
        fluid_rate = 0.0 if phase == LYSED else constants.dying_fluid_per_min
        nuclear_rate = constants.dying_nuclear_biomass_per_min
        cytoplasmic_rate = constants.dying_cytoplasmic_biomass_per_min
    step = constants.phenotype_step_min
    volume = cell.volume_um3
    fluid = cell.fluid_um3
    nuclear_solid = cell.nuclear_solid_um3
    cytoplasmic_solid = cell.cytoplasmic_solid_um3
    fluid = max(0.0, fluid + step * fluid_rate * (fluid_fraction * volume - fluid))
    nuclear_fluid = cell.nuclear_um3 / volume * fluid
    nuclear_solid = max(0.0, nuclear_solid + step * nuclear_rate * (nuclear_target - nuclear_solid))
    cytoplasmic_solid = max(
        0.0, cytoplasmic_solid + step * cytoplasmic_rate * (cytoplasmic_target - cytoplasmic_solid)
    )
    cell.fluid_um3 = fluid
    cell.nuclear_solid_um3 = nuclear_solid
    cell.cytoplasmic_solid_um3 = cytoplasmic_solid
    cell.nuclear_um3 = nuclear_solid + nuclear_fluid
    new_volume = nuclear_solid + cytoplasmic_solid + fluid
    if new_volume != volume:
        cell.volume_um3 = new_volume
        cell.radius_um = radius_um(new_volume)


@kernel
def _divide(
    mother: Cell, daughter: Cell, constants: Constants, generator: np.random.Generator
) -> None:
    """Halve mother and daughter, her copy, and set them apart."""
    height = 2 * generator.random() - 1
    angle = 2 * np.pi * generator.random()
    # The direction is uniform on the sphere; in two dimensions its part in the plane counts, which
    # is not renormalised.
    distance = mother.radius_um * np.sqrt(1 - height * height)
    dx, dy = distance * np.cos(angle), distance * np.sin(angle)
    dz = mother.radius_um * height if constants.dimension == 3 else 0.0
    for cell in (mother, daughter):
        cell.volume_um3 /= 2
        cell.fluid_um3 /= 2
        cell.nuclear_um3 /= 2
        cell.nuclear_solid_um3 /= 2
        cell.cytoplasmic_solid_um3 /= 2
        cell.tnf_taken_up /= 2
        cell.radius_um = radius_um(cell.volume_um3)
    daughter.previous_velocity_x_um_per_min = 0.0
    daughter.previous_velocity_y_um_per_min = 0.0
    daughter.previous_velocity_z_um_per_min = 0.0
    daughter.x_um += dx
    daughter.y_um += dy
    daughter.z_um += dz
    mother.x_um -= dx / 2
    mother.y_um -= dy / 2
    mother.z_um -= dz / 2
    locate(mother, constants)
    locate(daughter, constants)
