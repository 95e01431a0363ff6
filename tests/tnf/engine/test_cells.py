"""Receptors, life and death of cells: limits and published values."""

import numpy as np
import pytest
from scipy.stats import kstest
from support.spheroid_cells import make_cells, move

from theraflow.tnf.engine.embedded import lifecycle, receptors
from theraflow.tnf.engine.embedded.cells import (
    ALIVE,
    APOPTOTIC,
    LYSED,
    NECROTIC,
    Cells,
    radius_um,
)
from theraflow.tnf.engine.embedded.constants import Constants, kernel_constants
from theraflow.tnf.engine.embedded.network import network_tables
from theraflow.tnf.model.spheroid import SpheroidModel

NO_TNF = 0.0


@pytest.fixture
def constants(model: SpheroidModel) -> Constants:
    return kernel_constants(model, 2)


ORIGIN = ((0.0, 0.0, 0.0),)


def run_passes(
    model: SpheroidModel, cells: Cells, count: int, passes: int, constants: Constants
) -> list[int]:
    """Run phenotype passes; return the number of cells after each."""
    generator = np.random.Generator(np.random.PCG64(2))
    tables = network_tables(model.network)
    flip_rates, marks = np.empty(len(model.network.nodes)), np.empty(len(cells), np.int64)
    numbers, numbered = [], count
    for number in range(passes):
        count, numbered = lifecycle.update_phenotypes(
            cells, count, numbered, 2.0 * number, constants, tables, flip_rates, marks, generator
        )
        numbers.append(count)
    return numbers


def without_births_and_deaths(constants: Constants) -> Constants:
    still = constants.copy()
    still.division_probability = 0.0
    still.spontaneous_apoptosis_probability = 0.0
    return still


def test_receptors_under_unlimited_tnf_reach_the_published_fractions(
    model: SpheroidModel, constants: Constants
) -> None:
    cells = make_cells(model, ORIGIN)
    density = np.zeros(2500)
    for step in range(20_000):
        cells["tnf_taken_up"][0] = cells["free_receptors"][0]
        receptors.update_receptors(cells, 1, density, False, 0.02, constants)
        if step == 0:
            assert cells["bound_receptors"][0] > 0.5
    fractions = [
        cells[name][0] for name in ("free_receptors", "bound_receptors", "internal_receptors")
    ]
    np.testing.assert_allclose(fractions, (0.0029910, 0.7477567, 0.2492522), atol=6e-8)
    assert sum(fractions) == pytest.approx(1.0, abs=1e-12)
    assert density.sum() == 0


@pytest.mark.parametrize("is_transposed", [False, True])
def test_uptake_moves_tnf_from_the_field_to_the_cells(
    model: SpheroidModel, constants: Constants, is_transposed: bool
) -> None:
    # Four cells share one voxel, one of them outside of the domain takes nothing.
    cells = make_cells(model, [(5, 45, 0), (8, 48, 0), (12, 52, 0), (600, 0, 0)])
    density = np.full(2500, 0.05)
    cells["uptake_per_min"][:4] = 0.3
    receptors.freeze_uptake(cells, 4, 0.02, constants)
    before = density.sum() * 8000
    receptors.take_up_tnf(cells, 4, density, is_transposed, constants)
    taken = cells["tnf_taken_up"][:4]
    assert taken[3] == 0
    assert taken[0] > taken[1] > taken[2] > 0
    changed = 25 * 50 + 27 if is_transposed else 27 * 50 + 25
    np.testing.assert_array_equal(np.flatnonzero(density < 0.05), [changed])
    assert density.sum() * 8000 + taken.sum() == pytest.approx(before, rel=1e-12)


def test_tnf_beyond_the_free_receptors_returns_to_the_voxel(
    model: SpheroidModel, constants: Constants
) -> None:
    cells = make_cells(model, [(5.0, 5.0, 0.0)])
    density = np.zeros(2500)
    cells["tnf_taken_up"][0] = 3.0
    receptors.update_receptors(cells, 1, density, False, 0.02, constants)
    assert cells["bound_receptors"][0] == 1.0
    assert density[25 * 50 + 25] * 8000 == pytest.approx(2.0)


def test_an_apoptotic_cell_is_visible_for_516_min(
    model: SpheroidModel, constants: Constants
) -> None:
    cells = make_cells(model, ORIGIN)
    dying = without_births_and_deaths(constants)
    dying.spontaneous_apoptosis_probability = 1.0
    numbers = run_passes(model, cells, 1, 259, dying)
    assert numbers[:258] == [1] * 258
    assert numbers[258] == 0


def test_a_necrotic_cell_swells_as_published_and_never_lyses(
    model: SpheroidModel, constants: Constants
) -> None:
    cells = make_cells(model, ORIGIN)
    cells["phase"][0] = NECROTIC
    cells["rupture_volume_um3"][0] = 2 * 2494
    still = without_births_and_deaths(constants)
    ratios = []
    for passes in (30, 60, 630):
        run_passes(model, cells, 1, passes, still)
        ratios.append(cells["volume_um3"][0] / 2494)
    np.testing.assert_allclose(ratios, (1.3717, 1.6405, 1.8015), atol=6e-5)
    # All solids turn to fluid at fixed rates, so the gain is a geometric series.
    run_passes(model, cells, 1, 5000, still)
    gain = 0.05 * (135 / 0.00583333 + 488.5 / 0.0166667)
    assert cells["volume_um3"][0] == pytest.approx(1870.5 + gain, rel=1e-6)
    assert cells["phase"][0] == NECROTIC


def test_a_cell_that_dies_while_regrowing_lyses(model: SpheroidModel, constants: Constants) -> None:
    cells = make_cells(model, ORIGIN)
    still = without_births_and_deaths(constants)
    for name in ("volume", "fluid", "nuclear", "nuclear_solid", "cytoplasmic_solid"):
        cells[f"{name}_um3"][0] /= 2
    run_passes(model, cells, 1, 60, still)
    regrown = cells["volume_um3"][0]
    assert 1247 < regrown < 2494
    cells["phase"][0] = NECROTIC
    cells["rupture_volume_um3"][0] = 1.5 * regrown
    run_passes(model, cells, 1, 300, still)
    assert cells["phase"][0] == LYSED
    assert cells["volume_um3"][0] < regrown * 2


def test_a_daughter_regrows_to_the_mature_volume(
    model: SpheroidModel, constants: Constants
) -> None:
    cells = make_cells(model, ORIGIN)
    dividing = without_births_and_deaths(constants)
    dividing.division_probability = 1.0
    assert run_passes(model, cells, 1, 1, dividing) == [2]
    np.testing.assert_allclose(cells["volume_um3"][:2], 1247)
    for name in ("network_state", "free_receptors", "next_network_run_min"):
        assert cells[name][0] == cells[name][1]
    # The daughter moves by the whole vector, the mother by half of it the other way.
    assert cells["x_um"][1] == pytest.approx(-2 * cells["x_um"][0])
    assert np.hypot(cells["x_um"][1], cells["y_um"][1]) <= radius_um(2494)
    assert not cells["z_um"][:2].any()
    run_passes(model, cells, 2, 3000, without_births_and_deaths(constants))
    np.testing.assert_allclose(cells["volume_um3"][:2], 2494, rtol=1e-6)


def test_daughters_in_space_are_set_apart_evenly_in_all_directions(model: SpheroidModel) -> None:
    mothers = 4000
    cells = make_cells(model, ORIGIN * mothers, room=2 * mothers, dimension=3)
    dividing = without_births_and_deaths(kernel_constants(model, 3))
    dividing.division_probability = 1.0
    assert run_passes(model, cells, mothers, 1, dividing) == [2 * mothers]
    moved = np.stack([cells[name] for name in ("x_um", "y_um", "z_um")], axis=1)
    daughters = moved[mothers:] / radius_um(2494)
    np.testing.assert_allclose(np.linalg.norm(daughters, axis=1), 1)
    np.testing.assert_allclose(moved[:mothers], -moved[mothers:] / 2, atol=1e-12)
    # Each coordinate of a uniform direction is uniform between -1 and 1.
    for coordinate in daughters.T:
        assert kstest(coordinate, "uniform", args=(-1, 2)).pvalue > 1e-4


def test_a_cell_in_space_takes_tnf_from_its_voxel(model: SpheroidModel) -> None:
    constants = kernel_constants(model, 3)
    cells = make_cells(model, [(5, 45, -87)], dimension=3)
    cells["uptake_per_min"][0] = 0.3
    receptors.freeze_uptake(cells, 1, 0.02, constants)
    for is_transposed, voxel in ((False, (20, 27, 25)), (True, (20, 25, 27))):
        density = np.full((50, 50, 50), 0.05)
        receptors.take_up_tnf(cells, 1, density.ravel(), is_transposed, constants)
        np.testing.assert_array_equal(np.argwhere(density < 0.05), [voxel])


def test_births_and_deaths_follow_their_rates(model: SpheroidModel, constants: Constants) -> None:
    cells = make_cells(model, ORIGIN * 20_000, room=40_000)
    numbers = run_passes(model, cells, 20_000, 20, constants)
    phases = cells["phase"][: numbers[-1]]
    deaths = int((phases == APOPTOTIC).sum())
    births = numbers[-1] - 20_000
    mean_living = 20_000 * 40
    assert births == pytest.approx(0.00075 * mean_living, abs=4.5 * np.sqrt(0.00075 * mean_living))
    assert deaths == pytest.approx(
        5.31667e-5 * mean_living, abs=4.5 * np.sqrt(5.31667e-5 * mean_living)
    )
    assert set(np.unique(phases)) == {ALIVE, APOPTOTIC}


def test_a_cell_outside_the_domain_is_frozen(model: SpheroidModel, constants: Constants) -> None:
    cells = make_cells(model, [(499, 0, 0), (505, 0, 0)])
    assert cells["outside_domain"][:2].tolist() == [False, True]
    dividing = without_births_and_deaths(constants)
    dividing.division_probability = 1.0
    assert run_passes(model, cells, 2, 1, dividing) == [3]
    x_before = cells["x_um"][:3].copy()
    move(cells, 3, constants, step_min=0.1)
    assert cells["x_um"][1] == x_before[1]
    assert cells["x_um"][0] != x_before[0]


def test_running_out_of_room_is_an_error(model: SpheroidModel, constants: Constants) -> None:
    cells = make_cells(model, ORIGIN, room=1)
    dividing = without_births_and_deaths(constants)
    dividing.division_probability = 1.0
    with pytest.raises(RuntimeError, match="more cells"):
        run_passes(model, cells, 1, 1, dividing)
