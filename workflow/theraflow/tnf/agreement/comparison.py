"""Whether two simulators draw their trajectories from one distribution.

Simulators draw from generators of their own, so that trajectories cannot agree, only their
distributions. At each parameter point the replicates of one simulator are a sample, and those of
the other a second one.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.tnf import tables
from theraflow.tnf.simulation import OUTPUT_TIMES_MIN
from theraflow.tnf.tables import (
    ADJUSTED,
    BETWEEN,
    CELL_TYPE,
    COMPARISON,
    DIFFERENCE,
    EXCESS,
    FIRST_MEAN,
    FIRST_RUNS,
    LOWER,
    P_DISTRIBUTIONS,
    P_EXCESS,
    P_MEANS,
    POINTS,
    RELATIVE_ERROR,
    SECOND_MEAN,
    SECOND_RUNS,
    UPPER,
    WITHIN_FIRST,
    WITHIN_SECOND,
)
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent

Counts = NDArray[np.float64]

CONFIDENCE: Final = 0.95
# Two simulators that agree are told apart, by any of the three kinds of tests, in at most 5 %.
SIGNIFICANCE: Final = 0.05 / 3
_PERMUTATIONS: Final = 1999


@dataclass(frozen=True)
class Comparison:
    """Two simulators at the points that both have replicates of.

    ``differences``: per point, time after the start and cell type, means of both, their difference
    (second minus first) with a 95 % confidence interval (cells), and p-values. ``errors``: R^T
    (eq. 3 of Abrate et al., 2024) per point and time, between the two and within each.
    ``excesses``: per radius, R^T averaged over points and time, how much larger it is between the
    two than within them, and the p-value of that.
    """

    first: str
    second: str
    differences: pd.DataFrame
    errors: pd.DataFrame
    excesses: pd.DataFrame

    @property
    def differing_radii_um(self) -> list[int]:
        """The tumour radii at which any test is significant after its adjustment."""
        significant = [
            frame.loc[frame[column + ADJUSTED] < SIGNIFICANCE, tables.TUMOR_RADIUS_UM]
            for frame, column in (
                (self.differences, P_MEANS),
                (self.differences, P_DISTRIBUTIONS),
                (self.excesses, P_EXCESS),
            )
        ]
        return sorted(pd.concat(significant).unique().tolist())


def compare(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str]) -> Comparison:
    """Compare trajectory tables of two simulators at the points that both hold.

    p-values are adjusted over all tests of their kind by Holm's method (1979), so that a single
    one that is significant by chance, at any point, time or radius, is rare. They are significant
    below ``SIGNIFICANCE``. Raises ``UserError`` when no point has two replicates in both.
    """
    samples = list(_common_samples(first, second))
    if not samples:
        raise UserError(
            "no parameter point has two replicates or more in both tables; give tables that share "
            "points, with replicates"
        )
    differences = pd.concat([_differences(sample) for sample in samples], ignore_index=True)
    for column in (P_MEANS, P_DISTRIBUTIONS):
        differences[column + ADJUSTED] = _adjust(differences[column])
    errors = pd.concat([_errors(sample) for sample in samples], ignore_index=True)
    excesses = pd.DataFrame(
        [
            _excess(int(radius), list(of_radius))
            for radius, of_radius in groupby(samples, key=lambda sample: sample.point[0])
        ]
    )
    excesses[P_EXCESS + ADJUSTED] = _adjust(excesses[P_EXCESS])
    return Comparison(*names, differences, errors, excesses)


@dataclass(frozen=True)
class _Sample:
    """Replicates at one point: ``first`` (n, 25, 3) and ``second`` (m, 25, 3)."""

    point: tuple[float, ...]
    first: Counts
    second: Counts

    @property
    def key(self) -> dict[str, float]:
        return dict(zip(tables.POINT_COLUMNS, self.point, strict=True))


def _common_samples(first: pd.DataFrame, second: pd.DataFrame) -> Iterator[_Sample]:
    radii = sorted({*first[tables.TUMOR_RADIUS_UM]} & {*second[tables.TUMOR_RADIUS_UM]})
    for radius in radii:
        of_first, of_second = (
            _by_point(trajectories_of_radius(frame, int(radius))) for frame in (first, second)
        )
        for point, counts in of_first.items():
            others = of_second.get(point, counts[:0])
            if min(len(counts), len(others)) > 1:
                yield _Sample((int(radius), *point), counts, others)


def _by_point(runs: Trajectories) -> dict[tuple[float, ...], Counts]:
    return {
        tuple(runs.parameters[runs.points == number][0].tolist()): runs.counts[
            runs.points == number
        ]
        for number in np.unique(runs.points)
    }


def _differences(sample: _Sample) -> pd.DataFrame:
    # All simulators start alike, from a tumour packed by rule.
    first, second = sample.first[:, 1:], sample.second[:, 1:]
    # Under the hypothesis that is tested the variances are the same, and there are few runs.
    with warnings.catch_warnings():
        # Of samples that do not vary, which are dealt with below.
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        test = stats.ttest_ind(second, first, axis=0, equal_var=True)
    interval = test.confidence_interval(CONFIDENCE)
    difference = second.mean(axis=0) - first.mean(axis=0)
    times_min, cell_types = np.meshgrid(OUTPUT_TIMES_MIN[1:], tables.CELL_TYPES, indexing="ij")
    return pd.DataFrame(
        sample.key
        | {
            tables.TIME_MIN: times_min.ravel(),
            CELL_TYPE: cell_types.ravel(),
            FIRST_RUNS: len(first),
            SECOND_RUNS: len(second),
            FIRST_MEAN: first.mean(axis=0).ravel(),
            SECOND_MEAN: second.mean(axis=0).ravel(),
            DIFFERENCE: difference.ravel(),
            LOWER: np.where(np.isnan(interval.low), difference, interval.low).ravel(),
            UPPER: np.where(np.isnan(interval.high), difference, interval.high).ravel(),
            # Samples that do not vary differ for certain or not at all.
            P_MEANS: np.where(np.isnan(test.pvalue), difference == 0, test.pvalue).ravel(),
            P_DISTRIBUTIONS: _kolmogorov_smirnov(first, second).ravel(),
        }
    )


def _kolmogorov_smirnov(first: Counts, second: Counts) -> Counts:
    shape = first.shape[1:]
    return np.array(
        [
            stats.ks_2samp(first[:, time, kind], second[:, time, kind]).pvalue
            for time, kind in product(*map(range, shape))
        ]
    ).reshape(shape)


def _errors(sample: _Sample) -> pd.DataFrame:
    """R^T over time, averaged over pairs."""
    runs = np.concatenate([sample.first, sample.second])
    distances = _pairwise_errors(runs)
    n = len(sample.first)
    sides = {
        BETWEEN: distances[:n, n:].reshape(-1, distances.shape[-1]).mean(axis=0),
        WITHIN_FIRST: _mean_off_diagonal(distances[:n, :n]),
        WITHIN_SECOND: _mean_off_diagonal(distances[n:, n:]),
    }
    return pd.concat(
        [
            pd.DataFrame(
                sample.key
                | {
                    COMPARISON: comparison,
                    tables.TIME_MIN: OUTPUT_TIMES_MIN[1:],
                    RELATIVE_ERROR: errors,
                }
            )
            for comparison, errors in sides.items()
        ],
        ignore_index=True,
    )


def _excess(radius: int, samples: list[_Sample]) -> dict[str, float]:
    """Test whether R^T between the two exceeds that within, by permuting whose a run is."""
    generator = np.random.default_rng(derive_seed({tables.TUMOR_RADIUS_UM: radius}))
    sides = np.zeros(3)
    permuted = np.zeros(_PERMUTATIONS)
    for sample in samples:
        runs = np.concatenate([sample.first, sample.second])
        errors, n = _pairwise_errors(runs).mean(axis=-1), len(sample.first)
        order = np.arange(len(runs))
        sides += _between_and_within(errors, order, n)
        permuted += [
            _excess_of(*_between_and_within(errors, generator.permutation(order), n))
            for _ in range(_PERMUTATIONS)
        ]
    excess = _excess_of(*sides)
    # The order that was found is a permutation too; rounding must not tell it from itself.
    reached = np.count_nonzero(permuted >= excess - 1e-9)
    between, within_first, within_second = sides / len(samples)
    return {
        tables.TUMOR_RADIUS_UM: radius,
        POINTS: len(samples),
        FIRST_RUNS: sum(len(sample.first) for sample in samples),
        SECOND_RUNS: sum(len(sample.second) for sample in samples),
        BETWEEN: between,
        WITHIN_FIRST: within_first,
        WITHIN_SECOND: within_second,
        EXCESS: excess / len(samples),
        P_EXCESS: (1 + reached) / (1 + _PERMUTATIONS),
    }


def _between_and_within(errors: Counts, order: NDArray[np.int64], n: int) -> Counts:
    first, second = order[:n], order[n:]
    within = [_mean_off_diagonal(errors[np.ix_(part, part)]) for part in (first, second)]
    return np.array([errors[np.ix_(first, second)].mean(), *within])


def _excess_of(between: float, within_first: float, within_second: float) -> float:
    return between - (within_first + within_second) / 2


def _pairwise_errors(runs: Counts) -> Counts:
    """R^T at t = 60, ..., 1440 min between all runs, in both directions: (n, n, 24)."""
    n = len(runs)
    pairs = list(product(range(n), repeat=2))
    first, second = (list(part) for part in zip(*pairs, strict=True))
    errors = relative_error_percent(runs[first], runs[second])[:, 1:].reshape(n, n, -1)
    symmetric: Counts = (errors + errors.swapaxes(0, 1)) / 2
    return symmetric


def _mean_off_diagonal(square: Counts) -> Counts:
    n = len(square)
    total: Counts = square.sum(axis=(0, 1)) / (n * (n - 1))
    return total


def _adjust(p_values: pd.Series) -> Counts:
    """Adjust p-values for their number by Holm's method."""
    p = p_values.to_numpy(np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def verdict(comparison: Comparison) -> str:
    """Say in Markdown whether the two simulators agree: in a sentence, and radius by radius."""
    first, second = comparison.first, comparison.second
    differing = ", ".join(f"{radius} um" for radius in comparison.differing_radii_um)
    summary = (
        f"{second} differs from {first} at the tumour radii {differing}."
        if differing
        else f"{second} cannot be told from {first}."
    )
    radii = comparison.excesses[tables.TUMOR_RADIUS_UM]
    lines = [f"- {_verdict_of_radius(comparison, radius)}" for radius in radii]
    return "\n".join([summary, "", *lines, ""])


def _verdict_of_radius(comparison: Comparison, radius: int) -> str:
    of_radius, excesses = (
        frame[frame[tables.TUMOR_RADIUS_UM] == radius]
        for frame in (comparison.differences, comparison.excesses)
    )
    means, distributions = (
        int(np.count_nonzero(of_radius[column + ADJUSTED] < SIGNIFICANCE))
        for column in (P_MEANS, P_DISTRIBUTIONS)
    )
    (errors,) = excesses.to_dict("records")
    differs = radius in comparison.differing_radii_um
    largest = of_radius.to_dict("records")[int(of_radius[DIFFERENCE].abs().argmax())]
    return (
        f"radius {radius} um: the two {'**differ**' if differs else 'agree'}. Of {len(of_radius)} "
        f"tests each, {means} of means and {distributions} of distributions are significant; R^T "
        f"is {errors[BETWEEN]:.1f} % between the two, {errors[WITHIN_FIRST]:.1f} % and "
        f"{errors[WITHIN_SECOND]:.1f} % within them (p = {errors[P_EXCESS + ADJUSTED]:.2g}). The "
        f"largest difference of means is {largest[DIFFERENCE]:+.1f} {largest[CELL_TYPE]} cells, "
        f"95 % confidence interval {largest[LOWER]:+.1f} to {largest[UPPER]:+.1f}, of "
        f"{largest[FIRST_MEAN]:.0f} at {largest[tables.TIME_MIN] / 60:g} h."
    )
