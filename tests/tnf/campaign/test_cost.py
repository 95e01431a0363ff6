"""What simulations cost: the estimates beside what was measured, and what jobs ask for."""

import pytest

from theraflow.config.tnf.engines import EngineConfig, PhysibossConfig
from theraflow.config.tnf.study import BatchesConfig
from theraflow.tnf.campaign.cost import (
    expected_batch_wall_s,
    expected_cpu_s,
    simulation_time_limit_s,
    simulations_per_batch,
)

# CPU seconds of the original program, single thread.
MEASURED_2D_S = {50: 10.7, 100: 12.7, 275: 44.0}
MEASURED_3D_S = {50: 25 * 60, 100: 30 * 60}


def physiboss(**more: object) -> PhysibossConfig:
    given = {"executable": "program", "settings": "settings.xml", **more}
    return PhysibossConfig.model_validate(given)


@pytest.mark.parametrize(("radius", "measured_s"), MEASURED_2D_S.items())
def test_estimate_in_2d_is_what_was_measured(radius: int, measured_s: float) -> None:
    assert expected_cpu_s(radius, physiboss()) == pytest.approx(measured_s, rel=0.07)


@pytest.mark.parametrize(("radius", "measured_s"), MEASURED_3D_S.items())
def test_estimate_in_3d_is_what_was_measured(radius: int, measured_s: float) -> None:
    estimate_s = expected_cpu_s(radius, physiboss(dimension=3))
    assert estimate_s == pytest.approx(measured_s, rel=0.01)
    assert expected_cpu_s(radius, physiboss(dimension=3, relative_cost=0.1)) == 0.1 * estimate_s


def test_batch_takes_at_least_one_simulation() -> None:
    batches = BatchesConfig(target_cpu_minutes=1)
    engine = physiboss(dimension=3)
    assert simulations_per_batch(50, engine, batches.target_cpu_minutes) == 1
    assert expected_batch_wall_s(50, engine, batches, workers=4) == expected_cpu_s(50, engine)


@pytest.mark.parametrize("engine", [EngineConfig(), physiboss()])
def test_batch_takes_its_target(engine: EngineConfig | PhysibossConfig) -> None:
    batches = BatchesConfig(target_cpu_minutes=60)
    for workers in (1, 4):
        expected_s = expected_batch_wall_s(50, engine, batches, workers)
        assert expected_s == pytest.approx(3600 / workers, rel=0.02)


def test_last_simulations_of_a_batch_are_a_round_of_their_own() -> None:
    engine = physiboss()
    one_s = expected_cpu_s(50, engine)
    batches = BatchesConfig(target_cpu_minutes=5 * one_s / 60)
    assert expected_batch_wall_s(50, engine, batches, workers=4) == pytest.approx(2 * one_s)


def test_shorter_time_limit_counts() -> None:
    limited = BatchesConfig(simulation_time_limit_s=100)
    assert simulation_time_limit_s(physiboss(time_limit_min=3), BatchesConfig()) == 180
    assert simulation_time_limit_s(physiboss(time_limit_min=3), limited) == 100
    assert simulation_time_limit_s(EngineConfig(), limited) == 100
    assert simulation_time_limit_s(EngineConfig(), BatchesConfig()) == 0
