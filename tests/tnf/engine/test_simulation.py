"""Whole simulations: determinism, growth without TNF, the effect of TNF, errors."""

import numpy as np
import pytest

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
from theraflow.tnf.engine.embedded.simulate import simulate_spheroid
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.simulate import simulate_all
from theraflow.tnf.model.spheroid import SpheroidModel
from theraflow.tnf.model.time_steps import FAST, TIME_STEPS
from theraflow.tnf.simulation import ParameterPoint, plan_simulation, simulation_id

STRONG = ParameterPoint(
    tumor_radius_um=100, pulse_period_min=641, pulse_duration_min=44, tnf_concentration=0.5005
)


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    return make_embedded_engine(EngineConfig())


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_workers(
    engine: EmbeddedEngine,
) -> None:
    simulations = [plan_simulation(STRONG, replicate, base_seed=1) for replicate in range(6)]
    alone = [counts.tobytes() for counts in simulate_all(simulations, engine, workers=1)]
    together = [counts.tobytes() for counts in simulate_all(simulations, engine, workers=3)]
    assert alone == together
    assert len(set(alone)) == 6


@pytest.mark.parametrize("name", [pytest.param("exact", marks=pytest.mark.slow), "fast"])
def test_without_tnf_living_cells_grow_at_the_net_birth_rate(
    model: SpheroidModel, name: str
) -> None:
    point = ParameterPoint(50, 400, 100, tnf_concentration=0.0)
    runs = [simulate_spheroid(model, point, seed, TIME_STEPS[name]) for seed in range(60)]
    final = np.array([counts[-1] for counts in runs])
    expected = 37 * (1.0015 * (1 - 1.0633e-4)) ** 720
    assert expected == pytest.approx(37 * 2.7254, rel=1e-4)
    standard_error = final[:, 0].std(ddof=1) / np.sqrt(len(runs))
    assert final[:, 0].mean() == pytest.approx(expected, abs=4 * standard_error)
    assert final[:, 2].sum() == 0


def test_the_first_row_is_the_packing(model: SpheroidModel) -> None:
    counts = simulate_spheroid(model, STRONG, 1, FAST)
    assert counts.shape == (25, 3)
    np.testing.assert_array_equal(counts[0], [151, 0, 0])
    assert counts.min() >= 0


def test_cells_without_fadd_survive_tnf(model: SpheroidModel) -> None:
    # Under lasting TNF half of the cells, those with FADD, die within hours; most others resist.
    point = ParameterPoint(100, 60, 60, tnf_concentration=1.0)
    alive = np.mean([simulate_spheroid(model, point, seed, FAST)[6, 0] for seed in range(20)])
    assert 0.35 * 151 < alive < 0.6 * 151


def test_a_birth_rate_of_zero_leaves_only_deaths(model: SpheroidModel) -> None:
    counts = simulate_spheroid(model.with_birth_rate(0.0), STRONG, 1, FAST)
    assert np.all(np.diff(counts[:, 0]) <= 0)
    assert counts.sum(axis=1).max() == 151


def test_an_engine_is_named_by_everything_that_decides_its_results(
    engine: EmbeddedEngine,
) -> None:
    assert engine.fingerprint == engine_fingerprint(EngineConfig())
    exact = make_embedded_engine(EngineConfig(time_steps="exact"))
    slower = engine.with_birth_rate(0.000712)
    assert len({engine.fingerprint, exact.fingerprint, slower.fingerprint}) == 3
    assert engine.fingerprint in engine.label


def test_a_tumour_that_reaches_the_source_is_an_error(model: SpheroidModel) -> None:
    near = model.constants.tnf_field.model_copy(update={"source_radius_um": 100.0})
    constants = model.constants.model_copy(update={"tnf_field": near})
    with pytest.raises(UserError, match="source begins at 100 um"):
        simulate_spheroid(SpheroidModel(constants, model.network), STRONG, 1, FAST)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((19, 60, 10, 0.5), "tumor_radius_um=19: give a value from 20 to 450 um"),
        ((451, 60, 10, 0.5), "tumor_radius_um=451: give a value from 20 to 450 um"),
        ((100, 10081, 10, 0.5), "pulse_period_min=10081: give a value from 1 to 10,?080 min"),
        ((100, 60, 0, 0.5), "pulse_duration_min=0: give a value from 1 to 10,?080 min"),
        ((100, 60, 61, 0.5), "no longer than its period"),
        ((100, 60, 10, -0.1), "tnf_concentration=-0.1: give a value from 0 to 1"),
        ((100, 60, 10, float("nan")), "tnf_concentration=nan: give a value from 0 to 1"),
        ((100, 60, 10, float("inf")), "tnf_concentration=inf: give a value from 0 to 1"),
    ],
)
def test_points_that_the_model_does_not_admit_are_errors(
    values: tuple[int, int, int, float], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        ParameterPoint(*values)


def test_a_longer_simulation_begins_with_the_shorter_one(engine: EmbeddedEngine) -> None:
    day = plan_simulation(STRONG, 0, base_seed=1)
    longer = plan_simulation(STRONG, 0, base_seed=1, horizon_min=1800)
    assert day.seed == longer.seed
    assert simulation_id(day, "engine") != simulation_id(longer, "engine")
    counts = engine.simulate(longer)
    assert counts.shape == (31, 3)
    np.testing.assert_array_equal(counts[:25], engine.simulate(day))


def test_the_day_has_the_identity_that_it_had_before_other_horizons() -> None:
    day = plan_simulation(STRONG, 0, base_seed=1)
    assert (day.seed, simulation_id(day, "engine")) == (254_271_934_084_922_065, "deb4d5995413cc55")


def test_streams_share_no_seed() -> None:
    seeds = {
        plan_simulation(STRONG, replicate, 1, stream=stream).seed
        for stream in (None, "verification", "search")
        for replicate in range(50)
    }
    assert len(seeds) == 150


@pytest.mark.parametrize(
    ("horizon_min", "message"),
    [
        (90, "horizon_min=90: give a multiple of 60 from 60 to 10080 min"),
        (0, "horizon_min=0: give a multiple of 60"),
        (10140, "horizon_min=10140: give a multiple of 60"),
        (600, "pulse_period_min=641: give a value from 1 to the horizon, 600 min"),
    ],
)
def test_horizons_that_cannot_be_simulated_are_errors(horizon_min: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan_simulation(STRONG, 0, 1, horizon_min=horizon_min)
