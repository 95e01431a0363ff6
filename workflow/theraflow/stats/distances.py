"""Two samples compared by the distances between their members, as in energy statistics.

Were both drawn from one distribution, the mean distance between them would be that within them
(Szekely and Rizzo 2013). The excess between them is estimated without bias, so that it scatters
around 0 for equal distributions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theraflow.stats.estimate import Estimate

Values = NDArray[np.float64]


@dataclass(frozen=True)
class SampleDistances:
    """Symmetric distances (n + m, n + m) of two samples' members: the first n, then the second m.

    Both samples have two members or more; the diagonal is 0.
    """

    distances: Values
    n: int

    @property
    def m(self) -> int:
        """How many members the second sample has."""
        return len(self.distances) - self.n

    @property
    def between(self) -> float:
        """The mean distance of a member of the first sample from one of the second."""
        return float(self.distances[: self.n, self.n :].mean())

    @property
    def within(self) -> tuple[float, float]:
        """The mean distance of two members of the first sample, and of two of the second."""
        n, m = self.n, self.m
        first, second = self.distances[:n, :n].sum(), self.distances[n:, n:].sum()
        return float(first / (n * (n - 1))), float(second / (m * (m - 1)))

    @property
    def excess(self) -> float:
        """How much the mean distance between the samples exceeds the mean of those within."""
        return self.between - sum(self.within) / 2

    def excess_estimate(self) -> Estimate:
        """Estimate the excess with the standard error of the jackknife, each sample in turn.

        On average the jackknife overstates the variance (Efron and Stein 1981), but a small excess
        goes with a small standard error: the upper end of a 90 % interval is missed in up to 15 %
        for a single pair of samples, and in 5 - 9 % for the average over four pairs. With two
        members in a sample the standard error is infinite.
        """
        n, m, between = self.n, self.m, self.distances[: self.n, self.n :]
        variances = np.array(
            [
                _jackknife_variance(between, self.distances[:n, :n]),
                _jackknife_variance(between.T, self.distances[n:, n:]),
            ]
        )
        variance = variances.sum()
        shares = variances / variance if 0 < variance < np.inf else np.array([0.5, 0.5])
        freedom = 1 / (shares**2 / np.array([n - 1, m - 1])).sum()
        return Estimate(np.array(self.excess), np.sqrt(variance), freedom)

    def permuted_excesses(self, permutations: int, generator: np.random.Generator) -> Values:
        """Draw at random which members form the first sample; shape (permutations,)."""
        n, m = self.n, self.m
        ranks = generator.random((permutations, n + m)).argsort(axis=1)
        first = (ranks < n).astype(np.float64)
        sums = first @ self.distances
        within_first = (sums * first).sum(axis=1)
        between = sums.sum(axis=1) - within_first
        within_second = self.distances.sum() - within_first - 2 * between
        within = within_first / (n * (n - 1)) + within_second / (m * (m - 1))
        excesses: Values = between / (n * m) - within / 2
        return excesses


def permutation_p_value(observed: float, permuted: Values) -> float:
    """Return the share of permutations whose statistic reaches what was observed.

    ``permuted`` (permutations,) are drawn at random; what was observed is one of all, so that the
    p-value is never 0 (Phipson and Smyth 2010).
    """
    # Rounding must not tell what was observed from itself.
    reached = np.count_nonzero(permuted >= observed - 1e-9 * max(1.0, abs(observed)))
    return float((1 + reached) / (1 + len(permuted)))


def _jackknife_variance(between: Values, within: Values) -> float:
    """Return the variance of the excess that leaving out each member of one sample tells."""
    n, m = between.shape
    if n < 3:
        return np.inf
    left_between = (between.sum() - between.sum(axis=1)) / ((n - 1) * m)
    left_within = (within.sum() - 2 * within.sum(axis=1)) / ((n - 1) * (n - 2))
    return float((n - 1) * (left_between - left_within / 2).var())
