"""Points that were simulated several times."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.surrogate.uncertainty.distribution import Counts


@dataclass(frozen=True)
class MeansOfReplicates:
    """Mean counts of the points with replicates, and their standard errors.

    Both have shape (points, hours + 1, 3). ``first`` and ``sizes`` (points,): index of one
    simulation of each, and number of its simulations.
    """

    first: NDArray[np.int64]
    sizes: NDArray[np.int64]
    mean: Counts
    standard_error: Counts

    @classmethod
    def of(cls, counts: Counts, points: NDArray[np.int64]) -> Self:
        """Average counts (n, hours + 1, 3) over the simulations of each point.

        ``points`` (n,): numbers of their points. Points with one simulation are left out.
        """
        _, first, sizes = np.unique(points, return_index=True, return_counts=True)
        first, sizes = first[sizes > 1], sizes[sizes > 1]
        mean = np.empty((len(first), *counts.shape[1:]))
        standard_error = np.empty_like(mean)
        for index, (one, size) in enumerate(zip(first, sizes, strict=True)):
            replicates = counts[points == points[one]]
            mean[index] = replicates.mean(axis=0)
            standard_error[index] = replicates.std(axis=0, ddof=1) / np.sqrt(size)
        return cls(first, sizes, mean, standard_error)
