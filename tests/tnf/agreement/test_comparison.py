"""The comparison of two simulators: known differences are found, and none where there are none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.config.load import load_study
from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison, compare
from theraflow.tnf.agreement.plan import (
    plan_validation_batches,
    validation_engines,
    validation_points,
)
from theraflow.tnf.agreement.verdict import SIGNIFICANCE, Verdict
from theraflow.tnf.simulation import output_times_min
from theraflow.tnf.tables import (
    ADJUSTED,
    BETWEEN,
    CELL_TYPE,
    COMPARISON,
    DIFFERENCE,
    EXCESS,
    LOWER,
    P_DISTRIBUTIONS,
    P_EXCESS,
    P_MEANS,
    RELATIVE_ERROR,
    UPPER,
    WITHIN_FIRST,
    WITHIN_SECOND,
)

MEANS = {tables.ALIVE: 40.0, tables.APOPTOTIC: 8.0, tables.NECROTIC: 15.0}
POINTS = ((60, 10, 0.2), (300, 30, 0.5), (700, 100, 0.9))


def runs(
    seed: int, replicates: int, *, radius: int = 50, noise: str = "poisson", alive: float = 40.0
) -> pd.DataFrame:
    """Independent counts with known means, at three points."""
    generator = np.random.default_rng(seed)
    frames = []
    for point in POINTS:
        for replicate in range(replicates):
            means = {**MEANS, tables.ALIVE: alive}
            counts = {
                name: generator.poisson(mean, 25)
                if noise == "poisson"
                else np.full(25, round(mean)) + 8 * generator.integers(-1, 2, 25)
                for name, mean in means.items()
            }
            key = dict(zip(tables.PARAMETER_COLUMNS, point, strict=True))
            frames.append(
                pd.DataFrame(
                    {tables.TUMOR_RADIUS_UM: radius, **key, tables.REPLICATE: replicate}
                    | {tables.TIME_MIN: output_times_min(1440), **counts}
                )
            )
    return pd.concat(frames, ignore_index=True)


def compared(first: pd.DataFrame, second: pd.DataFrame) -> Comparison:
    return compare(first, second, ("first", "second"), MarginsConfig())


def test_intervals_hold_what_they_promise() -> None:
    differences = pd.concat([compared(runs(s, 6), runs(s + 99, 9)).differences for s in range(9)])
    covered = (differences[LOWER] <= 0) & (differences[UPPER] >= 0)
    # 1944 independent intervals: the standard error is 0.7 %.
    assert covered.mean() == pytest.approx(0.9, abs=0.03)
    assert (differences[P_MEANS] < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    # A test of counts is conservative, as these have ties.
    assert (differences[P_DISTRIBUTIONS] < 0.05).mean() < 0.07


def test_a_shifted_mean_is_found_where_it_is() -> None:
    first = pd.concat([runs(1, 8), runs(3, 8, radius=100)])
    second = pd.concat([runs(2, 12, alive=60.0), runs(4, 12, radius=100)])
    comparison = compared(first, second)
    verdicts = comparison.excesses.set_index(tables.TUMOR_RADIUS_UM)[tables.VERDICT]
    assert verdicts[50] == Verdict.DIFFER
    assert verdicts[100] != Verdict.DIFFER
    differences = comparison.differences
    found = differences[differences[P_MEANS + ADJUSTED] < SIGNIFICANCE]
    assert set(found[CELL_TYPE]) == {tables.ALIVE}
    assert set(found[tables.TUMOR_RADIUS_UM]) == {50}
    shifted = (differences[tables.TUMOR_RADIUS_UM] == 50) & (differences[CELL_TYPE] == tables.ALIVE)
    assert differences.loc[shifted, DIFFERENCE].mean() == pytest.approx(20, abs=1)
    by_radius = comparison.excesses.set_index(tables.TUMOR_RADIUS_UM)
    assert by_radius.loc[50, P_EXCESS + ADJUSTED] < 0.01
    assert by_radius.loc[100, P_EXCESS + ADJUSTED] > 0.05
    biases = comparison.biases
    living = biases[(biases[tables.TUMOR_RADIUS_UM] == 50) & (biases[CELL_TYPE] == tables.ALIVE)]
    np.testing.assert_allclose(
        living[DIFFERENCE], differences[shifted].groupby(tables.TIME_MIN)[DIFFERENCE].mean()
    )


def test_other_noise_with_the_same_mean_is_found() -> None:
    comparison = compared(runs(1, 12), runs(2, 12, noise="three values"))
    differences = comparison.differences
    assert (differences[P_MEANS + ADJUSTED] > 0.05).all()
    assert (comparison.excesses[P_EXCESS + ADJUSTED] < SIGNIFICANCE).all()
    assert comparison.verdict is Verdict.DIFFER


def test_relative_errors_are_those_of_the_paper() -> None:
    def constant(*totals: int) -> pd.DataFrame:
        frame = runs(0, len(totals))
        for name in tables.CELL_TYPES:
            frame[name] = 0
        frame[tables.ALIVE] = np.array(totals)[frame[tables.REPLICATE]]
        return frame

    comparison = compared(constant(10, 20), constant(40, 50))
    errors = comparison.errors.groupby(COMPARISON)[RELATIVE_ERROR].unique()
    # Both directions of each pair: 100 |N - N'| / N.
    pairs = [(a, b) for a in (10, 20) for b in (40, 50)]
    between = np.mean([100 * abs(a - b) / n for a, b in pairs for n in (a, b)])
    assert errors[BETWEEN] == pytest.approx([between])
    assert errors[WITHIN_FIRST] == pytest.approx([(100 + 50) / 2])
    assert errors[WITHIN_SECOND] == pytest.approx([(25 + 20) / 2])
    (excess,) = comparison.excesses.to_dict("records")
    assert excess[EXCESS] == pytest.approx(between - (75 + 22.5) / 2)
    # Of the 6 ways to share out 4 runs, 2 tell the same pairs apart: 1 / 3 at each of 3 points.
    assert excess[P_EXCESS] == pytest.approx(1 / 27, abs=0.015)


def test_few_runs_that_happen_to_be_equal_tell_little() -> None:
    first = runs(1, 2)
    for name in tables.CELL_TYPES:
        first[name] = 7
    same = compared(first, first).differences
    assert (same[P_MEANS] == 1).all()
    two = compared(first, first.assign(alive=8)).differences
    assert (two.loc[two[CELL_TYPE] == tables.ALIVE, P_MEANS] > SIGNIFICANCE).all()
    many = pd.concat([first.assign(replicate=first[tables.REPLICATE] + 2 * n) for n in range(8)])
    told = compared(many, many.assign(alive=8)).differences
    alive = told[CELL_TYPE] == tables.ALIVE
    assert (told.loc[alive, P_MEANS + ADJUSTED] < SIGNIFICANCE).all()
    assert (told.loc[~alive, P_MEANS] == 1).all()


def test_tables_without_a_common_point() -> None:
    with pytest.raises(UserError, match="two or more of second"):
        compared(runs(1, 4), runs(2, 4, radius=100))
    with pytest.raises(UserError, match="two or more of second"):
        compared(runs(1, 4), runs(2, 1))
    one_point = runs(1, 1)[lambda frame: frame[tables.PULSE_PERIOD_MIN] == 60]
    with pytest.raises(UserError, match="at least 2 points"):
        compared(one_point, runs(2, 4))


def study(tmp_path: Path, **validation: object):
    return load_study({"tnf": {"tumor_radii_um": [50], "validation": validation}}).tnf


def test_points_are_those_that_the_reference_repeats(tmp_path: Path) -> None:
    reference = runs(1, 3)
    single = (reference[tables.PULSE_PERIOD_MIN] == 60) & (reference[tables.REPLICATE] > 0)
    reference[~single].to_parquet(tmp_path / "reference.parquet")
    tnf = study(tmp_path, reference_file=tmp_path / "reference.parquet", replicates=5)
    assert [point.pulse_period_min for point in validation_points(tnf)] == [300, 700]
    (engine,) = validation_engines(tnf)
    batches = plan_validation_batches(tnf, engine)
    replicates = [item.replicate for batch in batches for item in batch.simulations]
    assert sorted(replicates) == sorted([*range(200_000, 200_005)] * 2)


def test_engine_runs_as_long_as_its_reference_whatever_the_study_asks_for(tmp_path: Path) -> None:
    reference = pd.concat([runs(1, 3, radius=50), runs(1, 3, radius=100)])
    # Half hours are not counted, and each radius ends when its own runs do.
    reference[tables.TIME_MIN] *= np.where(reference[tables.TUMOR_RADIUS_UM] == 50, 1.5, 1)
    file = tmp_path / "reference.parquet"
    reference.astype({tables.TIME_MIN: int}).to_parquet(file)
    tnf = load_study(
        {
            "tnf": {
                "tumor_radii_um": [50, 100],
                "horizon_min": 4620,
                "validation": {"reference_file": str(file), "replicates": 2},
            }
        }
    ).tnf
    (engine,) = validation_engines(tnf)
    horizons = {
        (batch.tumor_radius_um, item.horizon_min)
        for batch in plan_validation_batches(tnf, engine)
        for item in batch.simulations
    }
    assert horizons == {(50, 2160), (100, 1440)}


def test_second_engine_runs_to_the_horizon_of_the_study(tmp_path: Path) -> None:
    validation = {"second_engine": {"time_steps": "exact"}, "points": 2, "replicates": 2}
    keys = {"tumor_radii_um": [50], "horizon_min": 2880, "validation": validation}
    tnf = load_study({"tnf": keys}).tnf
    for engine in validation_engines(tnf):
        batches = plan_validation_batches(tnf, engine)
        assert {item.horizon_min for batch in batches for item in batch.simulations} == {2880}


def test_second_engine_shares_points_and_no_batch(tmp_path: Path) -> None:
    tnf = study(tmp_path, second_engine={"time_steps": "exact"}, points=3, replicates=2)
    first, second = (plan_validation_batches(tnf, each) for each in validation_engines(tnf))
    assert [batch.simulations for batch in first] == [batch.simulations for batch in second]
    assert {batch.batch_id for batch in first}.isdisjoint(batch.batch_id for batch in second)
    assert len(validation_points(tnf)) == 3


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ({}, "give reference_file or second_engine"),
        ({"reference_file": "x", "second_engine": "embedded"}, "not both"),
    ],
)
def test_something_to_compare_with(
    tmp_path: Path, validation: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        validation_engines(study(tmp_path, **validation))


def test_command_tells_a_wrong_reference_from_the_engine(tmp_path: Path) -> None:
    runs(1, 4).to_parquet(tmp_path / "poisson.parquet")
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("theraflow"), "tnf", "validate-engines"),
            *("--reference", tmp_path / "poisson.parquet", "--out", tmp_path / "out"),
            *("--radius", "50", "--points", "2", "--replicates", "4", "--workers", "1"),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert "differs from poisson at the tumour radii 50 um" in run.stdout
    for table in ("differences", "errors", "biases", "excesses"):
        assert len(pd.read_parquet(tmp_path / f"out/{table}.parquet"))
    verdict = (tmp_path / "out/verdict.md").read_text(encoding="utf-8")
    assert "differs from poisson" in verdict
    for suffix in ("svg", "png"):
        assert (tmp_path / f"out/engine_comparison.{suffix}").is_file()
