"""The simulations of a round, from the table of its points."""

import numpy as np
import pandas as pd

from theraflow.config.tnf.study import TnfConfig
from theraflow.tnf import tables
from theraflow.tnf.active.plan import round_batch_id
from theraflow.tnf.campaign.batches import Batch, PlannedSimulations, repeat
from theraflow.tnf.campaign.design import POINT, Points
from theraflow.tnf.surrogate.training.split import ADDED_FIRST_REPLICATE


def batch_of_round(
    points: pd.DataFrame, number: int, tumor_radius_um: int | None, tnf: TnfConfig
) -> Batch:
    """Plan the simulations of a round, by its number from 1, at one radius, or at all it has drawn.

    ``points`` are rows of ``ROUND_SCHEMA``.
    """
    if tumor_radius_um is not None:
        points = points[points[tables.TUMOR_RADIUS_UM] == tumor_radius_um]
    replicates = range(
        ADDED_FIRST_REPLICATE, ADDED_FIRST_REPLICATE + tnf.active_learning.replicates
    )
    simulations = PlannedSimulations(
        tnf.base_seed, repeat(points_of_round(points), replicates), tnf.horizon_min
    )
    return Batch(tumor_radius_um, round_batch_id(number, tumor_radius_um), simulations)


def points_of_round(table: pd.DataFrame) -> Points:
    """Return the points in rows of ``ROUND_SCHEMA``."""
    points = np.empty(len(table), POINT)
    for name in tables.POINT_COLUMNS:
        points[name] = table[name]
    return points
