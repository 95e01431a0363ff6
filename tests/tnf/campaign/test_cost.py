"""What simulations cost: the estimates beside what was measured, and what jobs ask for."""

import pytest

from theraflow.config.tnf.engines import EngineConfig, PhysibossConfig, TimeSteps
from theraflow.config.tnf.study import BatchesConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.tnf.campaign.cost import (
    end_sooner_in_turn,
    expected_batch_wall_s,
    expected_cpu_s,
    expected_ensemble_training_cpu_s,
    expected_gathering_cpu_s,
    expected_mean_cpu_s,
    expected_training_cpu_s,
    expected_worker_memory_mb,
    simulation_time_limit_s,
    simulations_at_once,
    simulations_per_batch,
)

# CPU seconds of the original program, single thread.
MEASURED_2D_S = {50: 10.7, 100: 12.7, 275: 44.0}
MEASURED_3D_S = {50: 25 * 60, 100: 30 * 60}

# CPU seconds and MB of the embedded engine in 3D; the latter at 400 um, almost without TNF.
MEASURED_SPHERES_S = {
    ("fast", 50): 0.98,
    ("fast", 100): 1.20,
    ("fast", 275): 8.9,
    ("fast", 400): 29.2,
    ("exact", 50): 9.4,
    ("exact", 275): 43.0,
    ("exact", 400): 135.0,
}
MEASURED_SPHERE_MB = 285


def physiboss(**more: object) -> PhysibossConfig:
    given = {"executable": "program", "settings": "settings.xml", **more}
    return PhysibossConfig.model_validate(given)


@pytest.mark.parametrize(("radius", "measured_s"), MEASURED_2D_S.items())
def test_estimate_in_2d_is_what_was_measured(radius: int, measured_s: float) -> None:
    assert expected_cpu_s(radius, physiboss()) == pytest.approx(measured_s, rel=0.07)


@pytest.mark.parametrize(("case", "measured_s"), MEASURED_SPHERES_S.items())
def test_estimate_of_spheres_is_what_was_measured(
    case: tuple[TimeSteps, int], measured_s: float
) -> None:
    engine = EngineConfig(dimension=3, time_steps=case[0])
    assert expected_cpu_s(case[1], engine) == pytest.approx(measured_s, rel=0.09)


@pytest.mark.parametrize(("radius", "measured_s"), MEASURED_3D_S.items())
def test_estimate_in_3d_is_what_was_measured(radius: int, measured_s: float) -> None:
    estimate_s = expected_cpu_s(radius, physiboss(dimension=3))
    assert estimate_s == pytest.approx(measured_s, rel=0.01)
    assert expected_cpu_s(radius, physiboss(dimension=3, relative_cost=0.1)) == 0.1 * estimate_s


def test_batch_takes_at_least_one_simulation() -> None:
    batches = BatchesConfig(target_cpu_minutes=1)
    cpu_s = expected_cpu_s(50, physiboss(dimension=3))
    assert simulations_per_batch(cpu_s, batches.target_cpu_minutes) == 1
    assert expected_batch_wall_s(cpu_s, batches, workers=4) == cpu_s


@pytest.mark.parametrize("engine", [EngineConfig(), physiboss()])
def test_batch_takes_its_target(engine: EngineConfig | PhysibossConfig) -> None:
    batches = BatchesConfig(target_cpu_minutes=60)
    for workers in (1, 4):
        expected_s = expected_batch_wall_s(expected_cpu_s(50, engine), batches, workers)
        assert expected_s == pytest.approx(3600 / workers, rel=0.02)


def test_as_many_simulations_run_at_once_as_have_cores() -> None:
    program = physiboss(threads=4)
    assert [simulations_at_once(cores, program) for cores in (1, 4, 7, 12)] == [1, 1, 1, 3]


def test_a_few_long_batches_end_sooner_in_turn_than_side_by_side() -> None:
    """On two cores, the others of 1,000 simulations leave one idle beside those at 400 um."""
    assert end_sooner_in_turn(longest_batch_cpu_s=145, batches=4)
    assert not end_sooner_in_turn(longest_batch_cpu_s=2, batches=4)
    assert not end_sooner_in_turn(longest_batch_cpu_s=900, batches=3_700)


def test_last_simulations_of_a_batch_are_a_round_of_their_own() -> None:
    one_s = expected_cpu_s(50, physiboss())
    batches = BatchesConfig(target_cpu_minutes=5 * one_s / 60)
    assert expected_batch_wall_s(one_s, batches, workers=4) == pytest.approx(2 * one_s)


# How many times as long as a day 4,620 min took, by time steps and radius: 24 and 6 Sobol points.
MEASURED_LONGER = {
    ("fast", 50): 3.6,
    ("fast", 100): 4.5,
    ("fast", 275): 6.0,
    ("exact", 50): 3.3,
    ("exact", 100): 3.5,
    ("exact", 275): 4.1,
}


@pytest.mark.parametrize(("case", "measured"), MEASURED_LONGER.items())
def test_a_longer_horizon_costs_about_what_was_measured(
    case: tuple[TimeSteps, int], measured: float
) -> None:
    engine, radius = EngineConfig(time_steps=case[0]), case[1]
    day_s, longer_s = (expected_cpu_s(radius, engine, horizon) for horizon in (1440, 4620))
    assert longer_s / day_s == pytest.approx(measured, rel=0.4)
    assert longer_s / day_s > 4620 / 1440, "tumours grow, so that a later day costs more"


@pytest.mark.parametrize("engine", [EngineConfig(), EngineConfig(time_steps="exact"), physiboss()])
def test_a_day_costs_what_it_did_before_there_was_another_horizon(
    engine: EngineConfig | PhysibossConfig,
) -> None:
    sizes = {"embedded fast": 20_690, "embedded exact": 3_750, "physiboss": 89}
    name = engine.name if isinstance(engine, PhysibossConfig) else f"embedded {engine.time_steps}"
    assert simulations_per_batch(expected_cpu_s(50, engine), 15) == sizes[name]


def test_drawn_radii_cost_their_mean() -> None:
    engine = EngineConfig()
    assert expected_mean_cpu_s((100, 100), engine, 2880) == expected_cpu_s(100, engine, 2880)
    both = [expected_cpu_s(radius, engine) for radius in (100, 101)]
    assert expected_mean_cpu_s((100, 101), engine) == pytest.approx(sum(both) / 2)


def test_memory_grows_with_tumours_that_grow() -> None:
    disc, sphere = EngineConfig(), EngineConfig(dimension=3)
    assert {expected_worker_memory_mb(radius, disc) for radius in (50, 100, 275, 400)} == {300}
    # 67,000 cells of the embedded engine took 327 MB.
    assert 327 < expected_worker_memory_mb(100, disc, 10_080) < 500
    assert expected_worker_memory_mb(400, disc, 10_080) > 3000
    assert expected_worker_memory_mb(50, sphere) == 300
    assert MEASURED_SPHERE_MB < expected_worker_memory_mb(400, sphere) < 1000


def test_training_and_gathering_take_longer_for_more_hours() -> None:
    surrogates = SurrogatesConfig()
    day_s, two_days_s = (expected_training_cpu_s(surrogates, 100, day * 1440) for day in (1, 2))
    assert two_days_s == pytest.approx(2 * day_s)
    assert expected_gathering_cpu_s(100, 2880) == pytest.approx(2 * expected_gathering_cpu_s(100))


def test_training_the_ensemble_costs_about_what_was_measured() -> None:
    # Five members on the 7,288 simulations of the published data set.
    surrogates = SurrogatesConfig()
    assert expected_ensemble_training_cpu_s(surrogates, 7288) == pytest.approx(88, rel=0.05)
    none = surrogates.model_copy(update={"general_surrogate": False})
    assert expected_ensemble_training_cpu_s(none, 7288) == 0


def test_shorter_time_limit_counts() -> None:
    limited = BatchesConfig(simulation_time_limit_s=100)
    assert simulation_time_limit_s(physiboss(time_limit_min=3), BatchesConfig()) == 180
    assert simulation_time_limit_s(physiboss(time_limit_min=3), limited) == 100
    assert simulation_time_limit_s(EngineConfig(), limited) == 100
    assert simulation_time_limit_s(EngineConfig(), BatchesConfig()) == 0
