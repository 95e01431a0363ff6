"""Which of many candidates a round simulates: where members disagree, and not all in one place."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from theraflow.tnf.surrogate.uncertainty.distribution import Distribution
from theraflow.tnf.surrogate.uncertainty.ensemble import predict_distribution
from theraflow.tnf.surrogate.uncertainty.network import MemberNetwork

Numbers = NDArray[np.float64]

# Candidates that are predicted at once, so that memory does not grow with their number.
_AT_ONCE: Final = 2048


def disagreement_of_members(
    networks: Sequence[MemberNetwork], radii_um: Numbers, treatments: Numbers
) -> Numbers:
    """Tell how far members disagree, %: radii (n,), um; treatments (n, 3); returns (n,)."""
    parts = range(0, len(radii_um), _AT_ONCE)
    return np.concatenate(
        [
            disagreement_percent(
                predict_distribution(
                    networks,
                    radii_um[start : start + _AT_ONCE],
                    treatments[start : start + _AT_ONCE],
                )
            )
            for start in parts
        ]
    )


def disagreement_percent(predicted: Distribution) -> Numbers:
    """Weigh the standard deviations of the members' means as eq. 3 weighs errors; returns (n,).

    Sum over cell types, relative to all cells, mean over full hours. A tumour without cells counts
    as one cell.
    """
    cells = np.maximum(predicted.mean.sum(axis=-1), 1)
    relative = predicted.spread_sd.sum(axis=-1) / cells
    return np.asarray(100 * relative[:, 1:].mean(axis=1))


def choose_spread(
    disagreement: Numbers, places: Numbers, known: Numbers, number: int
) -> NDArray[np.int64]:
    """Choose candidates one by one: the largest product of disagreement and distance.

    ``disagreement`` (n,) and ``places`` (n, d) are the candidates', ``known`` (m, d) the places of
    what was simulated, all within the unit cube. The distance is that to the nearest known or
    chosen place, so that a round does not spend itself on one spot (greedy sampling in inputs and
    outputs, after Wu, Lin & Huang 2019, doi 10.1016/j.ins.2018.09.060). Returns indices
    (number,), the first chosen first; of equal candidates the first is taken.
    """
    nearest: Numbers = np.full(len(places), np.sqrt(places.shape[1]))
    if len(known):
        nearest = np.asarray(cKDTree(known).query(places)[0])
    is_free = np.ones(len(places), np.bool_)
    chosen = []
    for _ in range(number):
        best = int(np.argmax(np.where(is_free, disagreement * nearest, -1.0)))
        chosen.append(best)
        is_free[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(places - places[best], axis=1))
    return np.array(chosen, np.int64)
