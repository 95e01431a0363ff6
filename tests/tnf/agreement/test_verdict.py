"""What the data suffice to say: agreement, a difference, or neither."""

import numpy as np
import pandas as pd
import pytest
from support.cheap_spheroid import POINTS, cells_of_radius, trajectories

from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison, compare
from theraflow.tnf.agreement.margins import bias_margin_cells, excess_margin_points
from theraflow.tnf.agreement.verdict import Verdict
from theraflow.tnf.agreement.words import in_words

MARGINS = MarginsConfig()


def compared(
    first: pd.DataFrame, second: pd.DataFrame, margins: MarginsConfig = MARGINS
) -> Comparison:
    return compare(first, second, ("first", "second"), margins)


def verdicts(first_runs: int, second_runs: int, times: int, **second: float) -> list[Verdict]:
    return [
        compared(
            trajectories(2 * number, first_runs),
            trajectories(2 * number + 1, second_runs, **second),
        ).verdict
        for number in range(times)
    ]


def test_two_replicates_are_not_enough() -> None:
    assert verdicts(2, 2, times=8).count(Verdict.NOT_ENOUGH_DATA) >= 7
    assert Verdict.AGREE not in verdicts(2, 32, times=3)


def test_many_replicates_of_one_simulator_agree() -> None:
    assert verdicts(64, 64, times=3) == [Verdict.AGREE] * 3


def test_another_birth_rate_differs() -> None:
    assert verdicts(32, 32, times=3, birth_rate_per_min=0.00095) == [Verdict.DIFFER] * 3


@pytest.mark.parametrize("radius_um", [63, 130, 251])
def test_every_radius_has_margins(radius_um: int) -> None:
    cells = cells_of_radius(radius_um)
    first = trajectories(1, 64, cells=cells, radius_um=radius_um)
    same = compared(first, trajectories(2, 64, cells=cells, radius_um=radius_um))
    assert np.isfinite(same.biases[tables.MARGIN]).all()
    assert np.isfinite(same.excesses[tables.MARGIN]).all()
    assert same.verdict is Verdict.AGREE
    faster = trajectories(3, 64, cells=cells, radius_um=radius_um, birth_rate_per_min=0.00095)
    assert compared(first, faster).verdict is Verdict.DIFFER


def test_margins_are_a_share_of_the_noise_and_at_least_one_of_the_cells() -> None:
    cells = np.array([0.0, 1.0, 100.0, 2500.0, 10_000.0])
    np.testing.assert_allclose(bias_margin_cells(cells, MARGINS), [0.5, 0.5, 5, 25, 100])
    assert excess_margin_points(28.0, MARGINS) == pytest.approx(2.8)
    assert excess_margin_points(3.0, MARGINS) == 0.5


def test_a_bias_at_its_margin_is_rarely_called_agreement() -> None:
    """Living cells that are too many, by the margin of the last hours: never more than 5 %."""
    found = []
    for number in range(8):
        first, second = trajectories(2 * number, 32), trajectories(2 * number + 1, 32)
        total = first[list(tables.CELL_TYPES)].sum(axis=1).groupby(first[tables.TIME_MIN]).mean()
        shift = bias_margin_cells(total.to_numpy(), MARGINS).round().astype(int)
        second[tables.ALIVE] += np.tile(shift, len(second) // len(shift))
        found.append(compared(first, second).verdict)
    assert found.count(Verdict.AGREE) <= 1


def test_a_significant_difference_within_the_margins_does_not_matter() -> None:
    """A hundredth more cells from the start, told for certain by many runs."""
    point = (POINTS[0],)
    first = trajectories(1, 120, cells=400, points=point)
    second = trajectories(2, 120, cells=404, points=point)
    comparison = compared(first, second, MarginsConfig(bias_percent=3))
    assert (comparison.biases[tables.P_MEANS + tables.ADJUSTED] < 0.001).any()
    assert comparison.verdict is Verdict.AGREE
    assert compared(first, second, MarginsConfig(bias_counting_noises=0.05)).verdict is (
        Verdict.DIFFER
    )


def test_a_difference_at_one_point_that_another_makes_up_for_is_found() -> None:
    first, second = trajectories(1, 48), trajectories(2, 48)
    for period, shift in ((1440, 8), (300, -8)):
        second.loc[second[tables.PULSE_PERIOD_MIN] == period, tables.ALIVE] += shift
    second[tables.ALIVE] = second[tables.ALIVE].clip(lower=0)
    assert compared(first, second).verdict is Verdict.DIFFER


def test_one_radius_that_differs_is_enough() -> None:
    first = pd.concat([trajectories(1, 48), trajectories(3, 48, cells=150, radius_um=100)])
    second = pd.concat(
        [
            trajectories(2, 48),
            trajectories(4, 48, cells=150, radius_um=100, birth_rate_per_min=0.00095),
        ]
    )
    comparison = compared(first, second)
    assert comparison.excesses[tables.VERDICT].tolist() == [Verdict.AGREE, Verdict.DIFFER]
    assert comparison.verdict is Verdict.DIFFER
    lines = in_words(comparison).splitlines()
    assert lines[0] == "second differs from first at the tumour radii 100 um."
    assert "**agree**" in lines[2]
    assert "**differ**" in lines[3]


def test_what_was_not_estimated_is_said() -> None:
    comparison = compared(trajectories(1, 2), trajectories(2, 2))
    assert comparison.excesses[[tables.LOWER, tables.UPPER]].isna().all(axis=None)
    words = in_words(comparison)
    assert words.startswith("There are not enough data to say whether second agrees with first")
    assert "takes three runs of each" in words
    assert "inf" not in words
    assert "nan" not in words


def test_single_runs_of_a_reference() -> None:
    generator = np.random.default_rng(1)
    periods = generator.choice(np.arange(120, 1440), 100, replace=False)
    points = tuple((int(period), 30, 0.5, generator.uniform(0, 0.35)) for period in periods)
    first = trajectories(1, 1, points=points)
    same = compared(first, trajectories(2, 4, points=points))
    assert same.verdict is Verdict.AGREE
    assert same.differences.empty
    assert set(same.errors[tables.COMPARISON]) == {tables.BETWEEN, tables.WITHIN_SECOND}
    assert np.isnan(same.excesses[tables.WITHIN_FIRST]).all()
    assert "nan" not in in_words(same)
    faster = compared(first, trajectories(3, 4, points=points, birth_rate_per_min=0.00095))
    assert faster.verdict is Verdict.DIFFER
    few = compared(first, trajectories(2, 4, points=points[:3]))
    assert few.verdict is Verdict.NOT_ENOUGH_DATA


def test_excess_is_that_of_the_trajectories() -> None:
    comparison = compared(
        trajectories(1, 3, points=POINTS[:1]), trajectories(2, 3, points=POINTS[:1])
    )
    (excess,) = comparison.excesses.to_dict("records")
    means = comparison.errors.groupby(tables.COMPARISON)[tables.RELATIVE_ERROR].mean()
    for side in (tables.BETWEEN, tables.WITHIN_FIRST, tables.WITHIN_SECOND):
        assert excess[side] == pytest.approx(means[side])
    within = (means[tables.WITHIN_FIRST] + means[tables.WITHIN_SECOND]) / 2
    assert excess[tables.EXCESS] == pytest.approx(means[tables.BETWEEN] - within)
