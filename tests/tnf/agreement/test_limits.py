"""Agreement with the real PhysiBoSS, and a check that disagreement would be seen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.tnf.agreement.limits import Check, mean_difference_z, paired_z, validate
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.simulation import Simulation

BIRTH_RATE_OF_PUBLISHED_DATA_PER_MIN = 0.000712
RADII_UM = (50, 100, 275, 400)


def describe(checks: list[Check]) -> str:
    return "\n".join(f"{check} agrees={check.agrees}" for check in checks)


def of_radius(path: Path, radius: int) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    return frame[frame["tumor_radius_um"] == radius]


@pytest.mark.slow
@pytest.mark.parametrize("radius", RADII_UM)
@pytest.mark.parametrize("time_steps", ["exact", "fast"])
def test_means_agree_with_replicates_of_physiboss(
    physiboss_replicates: Path, time_steps: str, radius: int
) -> None:
    engine = make_embedded_engine(EngineConfig(time_steps=time_steps))
    checks = validate(of_radius(physiboss_replicates, radius), engine, base_seed=1, workers=2)
    assert all(check.agrees for check in checks), describe(checks)


@pytest.mark.slow
@pytest.mark.parametrize("radius", RADII_UM)
@pytest.mark.parametrize("time_steps", ["exact", "fast"])
def test_means_and_errors_agree_with_the_published_data(
    published_dataset: Path, time_steps: str, radius: int
) -> None:
    engine = make_embedded_engine(EngineConfig(time_steps=time_steps)).with_birth_rate(
        BIRTH_RATE_OF_PUBLISHED_DATA_PER_MIN
    )
    checks = validate(of_radius(published_dataset, radius), engine, base_seed=1, workers=2)
    assert all(check.agrees for check in checks), describe(checks)


def test_means_agree_with_replicates_of_physiboss_at_the_smallest_radius(
    physiboss_replicates: Path,
) -> None:
    engine = make_embedded_engine(EngineConfig())
    checks = validate(of_radius(physiboss_replicates, 50), engine, base_seed=1, workers=2)
    assert all(check.agrees for check in checks), describe(checks)


def test_a_birth_rate_that_is_off_by_a_third_disagrees(physiboss_replicates: Path) -> None:
    engine = make_embedded_engine(EngineConfig()).with_birth_rate(0.001)
    checks = validate(of_radius(physiboss_replicates, 50), engine, base_seed=1, workers=2)
    assert not all(check.agrees for check in checks), describe(checks)


def reference_of(replicates: list[int]) -> pd.DataFrame:
    """Poisson counts around 100 cells, with so many runs at periods of 300, 301, ... min."""
    generator = np.random.default_rng(2)
    runs = [(300 + point, run) for point, number in enumerate(replicates) for run in range(number)]
    return pd.concat(
        [
            pd.DataFrame(
                generator.poisson(100, (25, 3)), columns=["alive", "apoptotic", "necrotic"]
            ).assign(
                tumor_radius_um=50,
                pulse_period_min=period_min,
                pulse_duration_min=10,
                tnf_concentration=0.5,
                replicate=run,
                time_min=range(0, 1441, 60),
            )
            for period_min, run in runs
        ]
    )


class PoissonEngine:
    """Counts around the reference's mean, except at one pulse period."""

    label = fingerprint = "poisson"

    def warm_up(self) -> None:
        pass

    def simulate(self, simulation: Simulation) -> np.ndarray:
        mean_cells = 900.0 if simulation.point.pulse_period_min == 300 else 100.0
        return np.random.default_rng(simulation.seed).poisson(mean_cells, (25, 3))


def test_means_are_compared_at_the_points_with_several_runs_only() -> None:
    agreeing = validate(reference_of([1, 8, 8]), PoissonEngine(), base_seed=1, workers=1)
    assert [check.quantity for check in agreeing] == ["RMS of z of means", "largest |z| of means"]
    assert all(check.agrees for check in agreeing), describe(agreeing)
    disagreeing = validate(reference_of([8, 8, 1]), PoissonEngine(), base_seed=1, workers=1)
    assert not any(check.agrees for check in disagreeing), describe(disagreeing)


def test_one_reference_run_is_too_few() -> None:
    with pytest.raises(UserError, match="at least 2 points"):
        validate(reference_of([1]), PoissonEngine(), base_seed=1, workers=1)


def test_z_of_equal_populations_is_standard_normal() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.normal(10, 3, (60, 4000)), generator.normal(10, 3, (16, 4000))
    z = mean_difference_z(first, second)
    assert np.sqrt(np.mean(z**2)) == pytest.approx(1, abs=0.05)
    assert np.sqrt(np.mean(paired_z(first) ** 2)) > 20
    assert np.sqrt(np.mean(paired_z(first - 10) ** 2)) == pytest.approx(1, abs=0.05)


def test_z_without_variation_is_zero_or_infinite() -> None:
    constant = np.ones((5, 1))
    assert mean_difference_z(constant, constant) == 0
    assert np.isinf(mean_difference_z(constant, 2 * constant))
