"""Estimated differences with normal errors: their intervals and tests, by Student's t."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Differences, their standard errors and the degrees of freedom of these, of one shape.

    A standard error of 0 means that the difference is certain.
    """

    value: Values
    standard_error: Values
    degrees_of_freedom: Values

    def interval(self, confidence: float) -> tuple[Values, Values]:
        """Return the lower and the upper end of the two-sided interval of this confidence."""
        half_width = self.standard_error * stats.t.ppf(
            (1 + confidence) / 2, self.degrees_of_freedom
        )
        return self.value - half_width, self.value + half_width

    def difference_p_value(self) -> Values:
        """Test each difference against 0, two-sided."""
        distance = np.abs(self.value)
        return np.where(self.standard_error > 0, 2 * self._tail(distance), distance == 0)

    def equivalence_p_value(self, margin: float | Values) -> Values:
        """Test whether each difference lies within -margin .. margin, by two one-sided tests.

        The larger p-value of the two (Schuirmann 1987). It is at most p exactly where the interval
        of confidence 1 - 2 p lies within the margins.
        """
        distance = margin - np.abs(self.value)
        return np.where(self.standard_error > 0, self._tail(distance), distance < 0)

    def _tail(self, distance: Values) -> Values:
        scale = np.where(self.standard_error > 0, self.standard_error, 1.0)
        return np.asarray(stats.t.sf(distance / scale, self.degrees_of_freedom))


def mean_of_sample(sample: Values, least_variance: float = 0.0) -> Estimate:
    """Estimate the mean that a sample is drawn from; of paired differences, their difference.

    Shape (n, ...) in, with n >= 2, and (...) out. ``least_variance`` is known to lie in the values,
    as that of rounding.
    """
    n = len(sample)
    variance = np.maximum(sample.var(axis=0, ddof=1), least_variance)
    return _estimate(sample.mean(axis=0), variance / n, n - 1)


def difference_of_means(first: Values, second: Values, least_variance: float = 0.0) -> Estimate:
    """Estimate the second mean minus the first, of independent samples of one variance.

    Shapes (n, ...) and (m, ...) in, with n + m > 2, and (...) out. ``least_variance`` is known to
    lie in the values, as that of rounding.
    """
    n, m = len(first), len(second)
    squares = sum(((part - part.mean(axis=0)) ** 2).sum(axis=0) for part in (first, second))
    variance = np.maximum(squares / (n + m - 2), least_variance)
    difference = second.mean(axis=0) - first.mean(axis=0)
    return _estimate(difference, variance * (1 / n + 1 / m), n + m - 2)


def mean_of_estimates(estimates: Sequence[Estimate]) -> Estimate:
    """Average independent estimates of one shape; degrees of freedom after Satterthwaite (1946)."""
    number = len(estimates)
    variances = np.array([each.standard_error**2 for each in estimates]) / number**2
    freedoms = np.array([each.degrees_of_freedom for each in estimates])
    variance = variances.sum(axis=0)
    is_known = (variance > 0) & np.isfinite(variance)
    shares = np.where(is_known, variances, 1.0) / np.where(is_known, variance, number)
    freedom = 1 / (shares**2 / freedoms).sum(axis=0)
    return Estimate(np.mean([each.value for each in estimates], axis=0), variance**0.5, freedom)


def _estimate(value: Values, variance: Values, degrees_of_freedom: int) -> Estimate:
    return Estimate(
        np.asarray(value), np.sqrt(variance), np.full(np.shape(value), float(degrees_of_freedom))
    )
