"""Differences of pairs, by their ranks."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats


def signed_rank_p_value(differences: NDArray[np.float64]) -> float:
    """Test whether differences of pairs lie symmetrically about 0 (Wilcoxon 1945).

    Shape (pairs,); two-sided, exact for few pairs without ties. Pairs without a difference are left
    out; without any difference the p-value is 1.
    """
    return float(stats.wilcoxon(differences).pvalue) if differences.any() else 1.0


def rank_biserial(differences: NDArray[np.float64]) -> float:
    """Measure by matched-pairs rank-biserial correlation how one-sided differences are.

    Shape (pairs,). 1 where all are positive, -1 where all are negative; pairs without a difference
    are left out, and without any difference it is 0 (Kerby 2014).
    """
    unequal = differences[differences != 0]
    if not unequal.size:
        return 0.0
    ranks = stats.rankdata(np.abs(unequal))
    return float((ranks * np.sign(unequal)).sum() / ranks.sum())
