"""Two simulators at one tumour radius: by replicates of both, or by single runs of the first."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.stats.distances import SampleDistances, permutation_p_value
from theraflow.stats.estimate import (
    Estimate,
    difference_of_means,
    mean_of_estimates,
    mean_of_sample,
)
from theraflow.tnf import tables
from theraflow.tnf.agreement.margins import bias_margin_cells
from theraflow.tnf.agreement.samples import Sample, pairwise_errors_percent
from theraflow.tnf.simulation import full_hours_min
from theraflow.tnf.tables import BETWEEN, WITHIN_FIRST, WITHIN_SECOND

Counts = NDArray[np.float64]

# Where an interval of this confidence lies within margins, it does so with 95 % confidence.
INTERVAL_CONFIDENCE: Final = 0.9
_PERMUTATIONS: Final = 1999
# Of a count, which is a whole number: few runs that happen to be equal do not make it certain.
_ROUNDING_VARIANCE: Final = 1 / 12


@dataclass(frozen=True)
class RadiusComparison:
    """What the runs at one radius tell.

    ``bias`` (hours, 3): means of the second minus those of the first (cells), averaged over
    points, at every full hour. ``mean_error_percent``: R^T by its side, averaged over points and
    time. ``excess``: of R^T between the two over that within them (points), and ``excess_p_value``.
    ``differences`` and ``errors``: per point, rows of the tables of these names.
    """

    samples: Sequence[Sample]
    bias: Estimate
    mean_error_percent: Mapping[str, float]
    excess: Estimate
    excess_p_value: float
    differences: Sequence[pd.DataFrame]
    errors: Sequence[pd.DataFrame]


def compare_radius(samples: Sequence[Sample], margins: MarginsConfig) -> RadiusComparison:
    """Compare the runs at one radius.

    Where the first simulator repeats a point, such points are compared; otherwise its single runs.
    Raises ``UserError`` for a single run.
    """
    repeated = [sample for sample in samples if len(sample.first) > 1]
    if repeated:
        return _compare_replicates(repeated, margins)
    if len(samples) > 1:
        return _compare_single_runs(samples)
    raise UserError(
        f"tumor_radius_um={samples[0].tumor_radius_um}: one run cannot be compared; give at least "
        "2 points, or 2 replicates of the point"
    )


def _compare_replicates(samples: Sequence[Sample], margins: MarginsConfig) -> RadiusComparison:
    # All simulators start alike, from a tumour packed by rule.
    biases = [
        difference_of_means(sample.first[:, 1:], sample.second[:, 1:], _ROUNDING_VARIANCE)
        for sample in samples
    ]
    errors = [
        pairwise_errors_percent(np.concatenate([sample.first, sample.second])) for sample in samples
    ]
    distances = [
        SampleDistances(error.mean(axis=-1), len(sample.first))
        for sample, error in zip(samples, errors, strict=True)
    ]
    excess = mean_of_estimates([each.excess_estimate() for each in distances])
    generator = np.random.default_rng(
        derive_seed({tables.TUMOR_RADIUS_UM: samples[0].tumor_radius_um})
    )
    permuted = [each.permuted_excesses(_PERMUTATIONS, generator) for each in distances]
    return RadiusComparison(
        samples,
        mean_of_estimates(biases),
        {
            BETWEEN: float(np.mean([each.between for each in distances])),
            WITHIN_FIRST: float(np.mean([each.within[0] for each in distances])),
            WITHIN_SECOND: float(np.mean([each.within[1] for each in distances])),
        },
        excess,
        permutation_p_value(float(excess.value), np.mean(permuted, axis=0)),
        [_differences(*each, margins) for each in zip(samples, biases, strict=True)],
        [_errors(*each) for each in zip(samples, errors, strict=True)],
    )


def _compare_single_runs(samples: Sequence[Sample]) -> RadiusComparison:
    """Compare single runs of the first, of which the scatter over points is all that is known."""
    bias = mean_of_sample(
        np.array([sample.second.mean(axis=0) - sample.first[0] for sample in samples])[:, 1:],
        _ROUNDING_VARIANCE,
    )
    errors = [
        pairwise_errors_percent(np.concatenate([sample.first, sample.second])) for sample in samples
    ]
    between = np.array([error[0, 1:].mean() for error in errors])
    within = np.array([_mean_off_diagonal(error[1:, 1:]).mean() for error in errors])
    excess = mean_of_sample(between - within)
    return RadiusComparison(
        samples,
        bias,
        {BETWEEN: between.mean(), WITHIN_FIRST: np.nan, WITHIN_SECOND: within.mean()},
        excess,
        float(excess.difference_p_value()),
        (),
        [_errors(*each) for each in zip(samples, errors, strict=True)],
    )


def mean_all_cells(sample: Sample) -> Counts:
    """Average all cells of the first simulator's runs; (hours, 1), at every full hour."""
    cells: Counts = sample.first[:, 1:].sum(axis=-1).mean(axis=0)[:, np.newaxis]
    return cells


def by_time_and_type(**columns: Counts) -> dict[str, NDArray[np.generic]]:
    """Lay arrays that broadcast to (hours, 3) out as columns, beside their times and cell types."""
    hours = max(len(column) for column in columns.values())
    times_min, cell_types = np.meshgrid(full_hours_min(hours), tables.CELL_TYPES, indexing="ij")
    values = {
        name: np.broadcast_to(column, times_min.shape).ravel() for name, column in columns.items()
    }
    return {
        tables.TIME_MIN: times_min.ravel(),
        tables.CELL_TYPE: cell_types.ravel(),
        **values,
    }


def _differences(sample: Sample, bias: Estimate, margins: MarginsConfig) -> pd.DataFrame:
    lower, upper = bias.interval(INTERVAL_CONFIDENCE)
    return pd.DataFrame(
        sample.key
        | {tables.FIRST_RUNS: len(sample.first), tables.SECOND_RUNS: len(sample.second)}
        | by_time_and_type(
            **{
                tables.FIRST_MEAN: sample.first[:, 1:].mean(axis=0),
                tables.SECOND_MEAN: sample.second[:, 1:].mean(axis=0),
                tables.DIFFERENCE: bias.value,
                tables.LOWER: lower,
                tables.UPPER: upper,
                tables.MARGIN: bias_margin_cells(mean_all_cells(sample), margins),
                tables.P_MEANS: bias.difference_p_value(),
                tables.P_DISTRIBUTIONS: _kolmogorov_smirnov(sample),
            }
        )
    )


def _kolmogorov_smirnov(sample: Sample) -> Counts:
    first, second = sample.first[:, 1:], sample.second[:, 1:]
    shape = first.shape[1:]
    with warnings.catch_warnings():
        # Where its exact p-value is too costly, scipy takes the one for many runs.
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation", RuntimeWarning)
        p_values = [
            stats.ks_2samp(first[:, time, kind], second[:, time, kind]).pvalue
            for time, kind in product(*map(range, shape))
        ]
    return np.array(p_values).reshape(shape)


def _errors(sample: Sample, errors: Counts) -> pd.DataFrame:
    n = len(sample.first)
    sides = {BETWEEN: errors[:n, n:].mean(axis=(0, 1))}
    for side, within in ((WITHIN_FIRST, errors[:n, :n]), (WITHIN_SECOND, errors[n:, n:])):
        if len(within) > 1:
            sides[side] = _mean_off_diagonal(within)
    frames = [
        pd.DataFrame(
            sample.key
            | {
                tables.COMPARISON: side,
                tables.TIME_MIN: full_hours_min(len(values)),
                tables.RELATIVE_ERROR: values,
            }
        )
        for side, values in sides.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _mean_off_diagonal(square: Counts) -> Counts:
    n = len(square)
    mean: Counts = square.sum(axis=(0, 1)) / (n * (n - 1))
    return mean
