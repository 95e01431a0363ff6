"""Agreement with the real PhysiBoSS, and a check that disagreement would be seen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.config.tnf import EngineConfig
from theraflow.tnf.engines import make_embedded_engine
from theraflow.tnf.validation import Check, mean_difference_z, paired_z, validate

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
