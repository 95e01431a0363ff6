"""The noise floor: how far single runs of the simulator lie from the mean of their point.

It is the error to expect of a predictor that knows the mean of every point. It is an estimate, no
bound: a surrogate is tested on other runs, and its training may aim at another centre than the
mean, as the median is for an absolute error.
"""

import logging
from collections.abc import Iterable

import numpy as np
import pandas as pd

from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.evaluation.errors import Counts, Errors, ErrorTables
from theraflow.tnf.tables import REPLICATE_VS_MEAN, REPLICATE_VS_REPLICATE
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius

_log = logging.getLogger(__name__)


def evaluate_noise_floor(frame: pd.DataFrame, tumor_radii_um: Iterable[int]) -> ErrorTables:
    """Measure the errors between independent replicates of the simulator, for every radius.

    Two comparisons, in the column ``comparison``: *replicate vs replicate* is the error of one run
    as the prediction of another; *replicate vs mean* is the noise floor, that of the point's mean.
    The mean is known only from the other n - 1 replicates, whose own noise makes the error larger
    by sqrt(n / (n - 1)) where the counts are normally distributed; the errors are divided by it.
    Every point counts alike, however many replicates it has.

    ``frame`` is a trajectory table. Points with a single replicate are left out, with a line in the
    log; raises ``UserError`` for a radius without any point of two.
    """
    floors = []
    for radius in tumor_radii_um:
        repeated = repeated_points(trajectories_of_radius(frame, radius))
        replicates_of_points = [each.counts for each in repeated]
        for comparison, errors in (
            (REPLICATE_VS_REPLICATE, [_between_replicates(each) for each in replicates_of_points]),
            (REPLICATE_VS_MEAN, [_from_the_mean(each) for each in replicates_of_points]),
        ):
            of_points = Errors.of_points(errors)
            floor = ErrorTables.of(radius, of_points, np.arange(len(repeated)))
            floors.append(floor.compared(comparison))
    return ErrorTables.joined(floors)


def repeated_points(trajectories: Trajectories) -> list[Trajectories]:
    """Collect the replicates of each point that has at least two.

    The others are left out, with a line in the log; raises ``UserError`` where there are no others.
    """
    points = trajectories.points
    of_points = [
        trajectories.subset(np.flatnonzero(points == point)) for point in np.unique(points)
    ]
    repeated = [replicates for replicates in of_points if len(replicates) > 1]
    radius, single = trajectories.tumor_radius_um, len(of_points) - len(repeated)
    if not repeated:
        raise UserError(
            f"tumor_radius_um={radius}: no point has two replicates, so the noise floor is "
            "unknown; `theraflow ledger` says what failed, `snakemake retry_failed` tries it again"
        )
    if single:
        _log.warning(
            "radius %d um: %d of %d points have a single replicate and are left out",
            radius,
            single,
            len(of_points),
        )
    return repeated


def _between_replicates(replicates: Counts) -> Errors:
    first, second = np.nonzero(~np.eye(len(replicates), dtype=bool))
    return Errors.between(replicates[first], replicates[second])


def _from_the_mean(replicates: Counts) -> Errors:
    n = len(replicates)
    mean_of_others = (replicates.sum(axis=0) - replicates) / (n - 1)
    # Var(x - mean of n - 1 others) = Var(x) n / (n - 1).
    return Errors.between(replicates, mean_of_others).times(np.sqrt((n - 1) / n))
