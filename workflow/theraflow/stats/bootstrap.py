"""Intervals by drawing again from a sample."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Of the intervals of result tables.
CONFIDENCE: Final = 0.95


def bootstrap_interval(
    sample: Values,
    statistic: Callable[..., Values],
    confidence: float,
    generator: np.random.Generator,
    resamples: int = 2000,
) -> tuple[float, float]:
    """Estimate the interval of a statistic of a sample by its percentiles (Efron 1979).

    ``sample`` (n,); ``statistic`` takes samples (resamples, n) and ``axis=1``, as ``np.median``
    does. The interval is that of the n members drawn, so that for n below 10 it is too narrow.
    """
    return percentile_interval(resampled(sample, statistic, generator, resamples), confidence)


def resampled(
    sample: Values,
    statistic: Callable[..., Values],
    generator: np.random.Generator,
    resamples: int = 2000,
) -> Values:
    """Compute a statistic of samples (n,) drawn again; arguments as in ``bootstrap_interval``."""
    drawn = sample[generator.integers(len(sample), size=(resamples, len(sample)))]
    return statistic(drawn, axis=1)


def percentile_interval(values: Values, confidence: float) -> tuple[float, float]:
    """Return the ends of the interval that holds a share of values (n,), as many on either side."""
    tail = (1 - confidence) / 2
    # Members of the sample, never a mean of two: infinite values have none.
    ends = np.quantile(values, [tail, 1 - tail], method="inverted_cdf")
    return float(ends[0]), float(ends[1])


def interval_of_grouped_mean(
    sample: Values,
    groups: NDArray[np.int64],
    confidence: float,
    generator: np.random.Generator,
    resamples: int = 2000,
) -> tuple[Values, Values]:
    """Estimate the interval of the mean of a sample by its percentiles, drawing groups.

    ``sample`` (n, m) has m means, each with its lower and upper end (m,); ``groups`` (n,) numbers
    members that belong together, as repetitions do. Of one group there is no interval: both ends
    are not a number.
    """
    numbers, group_of = np.unique(groups, return_inverse=True)
    number = len(numbers)
    if number == 1:
        unknown = np.full(sample.shape[1], np.nan)
        return unknown, unknown
    sums = np.zeros((number, sample.shape[1]))
    np.add.at(sums, group_of, sample)
    sizes = np.bincount(group_of)
    drawn = generator.multinomial(number, np.full(number, 1 / number), size=resamples)
    means = (drawn @ sums) / (drawn @ sizes)[:, None]
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(means, [tail, 1 - tail], axis=0)
    return lower, upper
