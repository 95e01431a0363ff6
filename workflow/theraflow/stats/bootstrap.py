"""Intervals by drawing again from a sample."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


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
    drawn = sample[generator.integers(len(sample), size=(resamples, len(sample)))]
    tail = (1 - confidence) / 2
    # Members of the sample, never a mean of two: infinite values have none.
    ends = np.quantile(statistic(drawn, axis=1), [tail, 1 - tail], method="inverted_cdf")
    return float(ends[0]), float(ends[1])
