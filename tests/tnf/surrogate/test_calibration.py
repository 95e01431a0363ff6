"""Calibration on synthetic ensembles whose noise and errors are known."""

import numpy as np
import pytest
from pydantic import ValidationError

from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.uncertainty.calibration import (
    FACTOR_WITHOUT_REPLICATES,
    Calibration,
    ResidualQuantiles,
    calibrate,
    factor_of_the_mean,
)
from theraflow.tnf.surrogate.uncertainty.distribution import Distribution
from theraflow.tnf.surrogate.uncertainty.intervals import Intervals
from theraflow.tnf.surrogate.uncertainty.replicates import MeansOfReplicates

LEVELS = (0.8, 0.95)
HOURS = 6


def synthetic(
    simulations: int, radii=(50, 100, 400), *, told_noise=1.0, skewed=False, seed=0
) -> tuple[Distribution, np.ndarray]:
    """Counts with noise sqrt(N); the ensemble tells it, or ``told_noise`` times as much."""
    rng = np.random.default_rng(seed)
    radius = rng.choice(np.array(radii, float), simulations)
    mean = rng.uniform(0.5, 1.5, (simulations, HOURS + 1, 3)) * (radius**2 / 50)[:, None, None]
    sd = np.sqrt(mean)
    draws = rng.exponential(1, mean.shape) - 1 if skewed else rng.normal(size=mean.shape)
    counts = np.maximum(mean + sd * draws, 0)
    return Distribution(radius, mean, told_noise * sd, 0.05 * sd), counts


def coverage(intervals: Intervals, counts: np.ndarray) -> float:
    inside = (intervals.lower <= counts) & (counts <= intervals.upper)
    return float(inside[:, 1:].mean())


def calibrated_on(predicted: Distribution, counts: np.ndarray) -> Calibration:
    return calibrate(predicted, counts, LEVELS, members=5)


@pytest.mark.parametrize("told_noise", [1.0, 0.4, 3.0])
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_intervals_reach_their_level_whatever_noise_was_told(level, skewed, told_noise) -> None:
    calibration = calibrated_on(*synthetic(600, told_noise=told_noise, skewed=skewed))
    fresh, counts = synthetic(2000, told_noise=told_noise, skewed=skewed, seed=1)
    assert coverage(calibration.simulation_intervals(fresh, level), counts) == pytest.approx(
        level, abs=0.015
    )


def test_a_radius_whose_noise_is_misjudged_is_put_right_by_itself() -> None:
    def misjudged(simulations: int, seed: int) -> tuple[Distribution, np.ndarray]:
        predicted, counts = synthetic(simulations, seed=seed)
        at_50 = (predicted.tumor_radii_um == 50)[:, None, None]
        told = np.where(at_50, 2.0, 1.0) * predicted.noise_sd
        return (
            Distribution(predicted.tumor_radii_um, predicted.mean, told, predicted.spread_sd),
            counts,
        )

    calibration = calibrated_on(*misjudged(6000, seed=0))
    fresh, counts = misjudged(3000, seed=1)
    intervals = calibration.simulation_intervals(fresh, 0.8)
    for radius in (50, 100, 400):
        of_radius = fresh.tumor_radii_um == radius
        chosen = Intervals(
            *(part[of_radius] for part in (intervals.prediction, intervals.lower, intervals.upper))
        )
        assert coverage(chosen, counts[of_radius]) == pytest.approx(0.8, abs=0.03)


def test_few_simulations_of_a_radius_lend_from_the_others() -> None:
    predicted, counts = synthetic(2000, radii=(100, 400))
    odd, odd_counts = synthetic(4, radii=(50,))
    joined = Distribution(
        *(
            np.concatenate([getattr(part, name) for part in (predicted, odd)])
            for name in ("tumor_radii_um", "mean", "noise_sd", "spread_sd")
        )
    )
    quantiles = calibrated_on(joined, np.concatenate([counts, odd_counts])).residuals[0]
    assert quantiles.lower[0] == pytest.approx(quantiles.lower[1], abs=0.1)


def test_many_radii_are_calibrated_in_groups_and_interpolated_between() -> None:
    radii = tuple(range(50, 401, 2))
    calibration = calibrated_on(*synthetic(2000, radii=radii))
    assert len(calibration.tumor_radii_um) == 8
    fresh, counts = synthetic(500, radii=(61, 233), seed=1)
    assert coverage(calibration.simulation_intervals(fresh, 0.8), counts) == pytest.approx(
        0.8, abs=0.03
    )


@pytest.mark.parametrize("of", ["simulation", "mean"])
def test_intervals_nest_hold_the_prediction_and_stay_above_zero(of) -> None:
    predicted, counts = synthetic(300, radii=(20, 50))
    calibration = calibrated_on(predicted, counts)
    narrow, wide = (getattr(calibration, f"{of}_intervals")(predicted, level) for level in LEVELS)
    assert (wide.lower <= narrow.lower).all()
    assert (narrow.lower <= narrow.prediction).all()
    assert (narrow.prediction <= narrow.upper).all()
    assert (narrow.upper <= wide.upper).all()
    assert wide.lower.min() >= 0
    if of == "simulation":
        assert wide.lower.min() == 0


def test_intervals_grow_with_the_disagreement_of_the_members() -> None:
    predicted, counts = synthetic(300)
    calibration = calibrated_on(predicted, counts)
    unsure = Distribution(
        predicted.tumor_radii_um, predicted.mean, predicted.noise_sd, 4 * predicted.spread_sd
    )
    for intervals in (calibration.simulation_intervals, calibration.mean_intervals):
        known, unknown = intervals(predicted, 0.8), intervals(unsure, 0.8)
        assert (unknown.upper > known.upper).all()
        assert (unknown.lower <= known.lower).all()


def test_the_spread_of_members_is_that_of_their_means_and_noise_adds_in_squares() -> None:
    means = np.array([1.0, 2.0, 6.0]).reshape(3, 1, 1, 1) * np.ones((3, 1, 2, 3))
    noise = np.array([3.0, 4.0, 5.0]).reshape(3, 1, 1, 1) * np.ones((3, 1, 2, 3))
    joined = Distribution.of_members(np.array([50.0]), means, noise)
    assert joined.mean == pytest.approx(3)
    assert joined.noise_sd == pytest.approx(np.sqrt(50 / 3))
    assert joined.spread_sd == pytest.approx(np.sqrt(7))
    assert joined.simulation_sd == pytest.approx(np.sqrt(50 / 3 + 7))
    with pytest.raises(ValueError, match="two members"):
        Distribution.of_members(np.array([50.0]), means[:1], noise[:1])


@pytest.mark.parametrize("error", [1.0, 3.0])
def test_replicates_tell_how_far_the_mean_is_off(error) -> None:
    rng = np.random.default_rng(2)
    points, replicates = 200, 16
    truth = rng.uniform(50, 150, (points, HOURS + 1, 3))
    noise_sd, spread_sd = 8 * np.ones_like(truth), 2 * np.ones_like(truth)
    told = truth + error * spread_sd * rng.normal(size=truth.shape)
    repeat = np.repeat(np.arange(points), replicates)
    counts = truth[repeat] + noise_sd[repeat] * rng.normal(size=(len(repeat), HOURS + 1, 3))
    predicted = Distribution(np.full(points, 100.0), told, noise_sd, spread_sd)
    means = MeansOfReplicates.of(counts, repeat)
    assert np.array_equal(means.first, replicates * np.arange(points))
    # So many members that the spread, which is the same everywhere here, is certain.
    factor = factor_of_the_mean(predicted, means, LEVELS, members=1000)
    assert factor == pytest.approx(error, rel=0.1)
    calibration = calibrate(predicted, truth, LEVELS, members=1000, mean_factor=factor)
    for level in LEVELS:
        intervals = calibration.mean_intervals(predicted, level)
        assert coverage(intervals, truth) == pytest.approx(level, abs=0.03)


def test_a_mean_of_few_simulations_has_wider_intervals() -> None:
    predicted, counts = synthetic(50)
    calibration = calibrated_on(predicted, counts)
    repeated = np.repeat(np.arange(50), 2)
    scale = np.tile([0.9, 1.1], 50)[:, None, None]
    means = MeansOfReplicates.of(counts[repeated] * scale, repeated)
    assert means.mean == pytest.approx(counts)
    assert means.standard_error == pytest.approx(0.1 * counts)
    exact = calibration.mean_intervals(predicted, 0.8)
    estimated = calibration.mean_intervals(predicted, 0.8, means)
    assert (estimated.upper > exact.upper).all()


def test_without_replicates_the_factor_is_the_measured_one() -> None:
    predicted, counts = synthetic(50)
    means = MeansOfReplicates.of(counts, np.arange(50))
    factor = factor_of_the_mean(predicted, means, LEVELS, members=5)
    assert factor == FACTOR_WITHOUT_REPLICATES


def test_a_level_that_was_not_calibrated_is_one_line() -> None:
    predicted, counts = synthetic(50)
    calibration = calibrated_on(predicted, counts)
    with pytest.raises(UserError, match=r"level 0\.9: .* calibrated for 0\.8, 0\.95"):
        calibration.simulation_intervals(predicted, 0.9)


def test_quantiles_on_one_side_of_the_prediction_are_refused() -> None:
    with pytest.raises(ValidationError, match="must hold the prediction"):
        ResidualQuantiles(level=0.8, lower=((0.1, -1, -1),), upper=((1, 1, 1),))
    level = ResidualQuantiles(level=0.8, lower=((-1, -1, -1),), upper=((1, 1, 1),))
    with pytest.raises(ValidationError, match="every group"):
        Calibration(tumor_radii_um=(50, 100), residuals=(level,), mean_factor=1, members=5)
