"""Engines at the points of a reference: the real PhysiBoSS, and engines that differ from it."""

from pathlib import Path

import pandas as pd
import pytest
from support.cheap_spheroid import CheapEngine
from typer.testing import CliRunner

from theraflow.cli.tnf.commands import app
from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison
from theraflow.tnf.agreement.reference import compare_with_reference
from theraflow.tnf.agreement.verdict import Verdict
from theraflow.tnf.agreement.words import in_words
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.simulate import simulate_table
from theraflow.tnf.simulation import ParameterPoint, plan_simulation

BIRTH_RATE_OF_PUBLISHED_DATA_PER_MIN = 0.000712
RADII_UM = (50, 100, 275, 400)


def compared(
    frame: pd.DataFrame, engine: Engine, replicates: int = 32, workers: int = 1
) -> Comparison:
    return compare_with_reference(
        ("reference", frame),
        engine,
        MarginsConfig(),
        replicates=replicates,
        points=100,
        base_seed=1,
        workers=workers,
    )


def of_radii(path: Path, *radii_um: int) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    return frame[frame[tables.TUMOR_RADIUS_UM].isin(radii_um)]


def test_the_embedded_engine_does_not_differ_from_physiboss_at_the_smallest_radius(
    physiboss_replicates: Path,
) -> None:
    engine = make_embedded_engine(EngineConfig())
    comparison = compared(of_radii(physiboss_replicates, 50), engine, replicates=32, workers=2)
    assert comparison.verdict is not Verdict.DIFFER, in_words(comparison)
    (excess,) = comparison.excesses.to_dict("records")
    assert excess[tables.UPPER] < excess[tables.MARGIN], "R^T is shown to agree"


def test_a_birth_rate_that_is_off_by_a_third_differs(physiboss_replicates: Path) -> None:
    engine = make_embedded_engine(EngineConfig()).with_birth_rate(0.001)
    comparison = compared(of_radii(physiboss_replicates, 50), engine, replicates=16, workers=2)
    assert comparison.verdict is Verdict.DIFFER, in_words(comparison)


@pytest.mark.slow
@pytest.mark.parametrize("time_steps", ["exact", "fast"])
def test_the_embedded_engine_does_not_differ_from_physiboss(
    physiboss_replicates: Path, time_steps: str
) -> None:
    engine = make_embedded_engine(EngineConfig(time_steps=time_steps))
    comparison = compared(of_radii(physiboss_replicates, 50, 100), engine, workers=2)
    assert comparison.verdict is not Verdict.DIFFER, in_words(comparison)
    excesses = comparison.excesses
    assert (excesses[tables.UPPER] < excesses[tables.MARGIN]).all(), "R^T is shown to agree"


@pytest.mark.slow
@pytest.mark.parametrize("radius_um", RADII_UM)
def test_the_embedded_engine_does_not_differ_from_the_published_data(
    published_dataset: Path, radius_um: int
) -> None:
    engine = make_embedded_engine(EngineConfig()).with_birth_rate(
        BIRTH_RATE_OF_PUBLISHED_DATA_PER_MIN
    )
    comparison = compared(of_radii(published_dataset, radius_um), engine, workers=2)
    assert comparison.verdict is not Verdict.DIFFER, in_words(comparison)


@pytest.mark.slow
def test_the_embedded_engine_does_not_differ_from_physiboss_over_77_hours(
    physiboss_long_replicates: Path,
) -> None:
    frame = pd.read_parquet(physiboss_long_replicates)
    comparison = compared(frame, make_embedded_engine(EngineConfig()), replicates=64, workers=2)
    assert comparison.verdict is not Verdict.DIFFER, in_words(comparison)
    assert sorted(comparison.biases[tables.TIME_MIN].unique()) == list(range(60, 4621, 60))
    (excess,) = comparison.excesses.to_dict("records")
    assert excess[tables.UPPER] < excess[tables.MARGIN], "R^T is shown to agree"


def test_growth_that_is_off_shows_over_77_hours(physiboss_long_replicates: Path) -> None:
    frame = pd.read_parquet(physiboss_long_replicates)
    engine = make_embedded_engine(EngineConfig()).with_birth_rate(0.001)
    comparison = compared(frame, engine, replicates=8, workers=2)
    assert comparison.verdict is Verdict.DIFFER, in_words(comparison)


def cheap_reference(
    points: int, replicates: int, radius_um: int = 130, horizon_min: int = 1440
) -> pd.DataFrame:
    """Runs of the cheap engine at a radius that the paper does not have."""
    simulations = [
        plan_simulation(
            ParameterPoint(radius_um, 300 + 5 * point, 30, 0.5),
            replicate,
            77,
            horizon_min=horizon_min,
        )
        for point in range(points)
        for replicate in range(replicates)
    ]
    return simulate_table(simulations, CheapEngine(), workers=1)


def test_any_radius_gets_a_verdict() -> None:
    reference = cheap_reference(points=4, replicates=48)
    assert compared(reference, CheapEngine(), replicates=64).verdict is Verdict.AGREE
    assert compared(reference, CheapEngine(0.00095)).verdict is Verdict.DIFFER
    few = cheap_reference(points=4, replicates=2)
    assert compared(few, CheapEngine()).verdict is Verdict.NOT_ENOUGH_DATA


def test_an_engine_runs_as_long_as_its_reference() -> None:
    two_days = cheap_reference(points=2, replicates=8, horizon_min=2880)
    longer = compared(two_days, CheapEngine(), replicates=8)
    assert longer.biases[tables.TIME_MIN].max() == 2880
    half_a_day = cheap_reference(points=2, replicates=8, horizon_min=720)
    shorter = compared(half_a_day, CheapEngine(), replicates=8)
    assert shorter.biases[tables.TIME_MIN].max() == 720


def test_single_runs_get_a_verdict_at_any_radius() -> None:
    reference = cheap_reference(points=120, replicates=1)
    same = compared(reference, CheapEngine())
    assert same.verdict is Verdict.AGREE, in_words(same)
    assert same.excesses[tables.POINTS].tolist() == [100]
    assert compared(reference, CheapEngine(0.00095)).verdict is Verdict.DIFFER


def test_points_that_are_repeated_are_compared_and_no_others() -> None:
    single = cheap_reference(points=1, replicates=1)
    repeated = cheap_reference(points=3, replicates=8)
    repeated = repeated[repeated[tables.PULSE_PERIOD_MIN] > 300]
    comparison = compared(pd.concat([single, repeated]), CheapEngine(), replicates=4)
    assert sorted(comparison.differences[tables.PULSE_PERIOD_MIN].unique()) == [305, 310]


def test_one_reference_run_is_too_few() -> None:
    with pytest.raises(UserError, match="at least 2 points"):
        compared(cheap_reference(points=1, replicates=1), CheapEngine())


@pytest.mark.parametrize(
    ("birth_rate", "code", "opening"),
    [
        ("0.00075", 3, "There are not enough data to say whether"),
        ("0.0015", 1, "embedded"),
    ],
)
def test_exit_codes(physiboss_replicates: Path, birth_rate: str, code: int, opening: str) -> None:
    run = CliRunner().invoke(
        app,
        [
            *("validate", "--radius", "50", "--reference", str(physiboss_replicates)),
            *("--birth-rate", birth_rate, "--replicates", "3", "--workers", "2"),
        ],
    )
    assert run.exit_code == code, run.output
    assert run.stdout.startswith(opening)
    assert "inf" not in run.stdout
