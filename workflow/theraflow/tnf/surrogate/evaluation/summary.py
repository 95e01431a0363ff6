"""The outcome of the study in one small table, for people."""

import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.tables import COMPARISON, REPLICATE_VS_REPLICATE
from theraflow.tnf.trajectories.metrics import mean_over_horizon


def summarise_evaluation(
    errors: pd.DataFrame, noise_errors: pd.DataFrame, timing: pd.DataFrame
) -> pd.DataFrame:
    """Put the errors of surrogates, those between replicates, and times side by side.

    One row per radius; errors (%) are means over the hours of a simulation, and those with the
    prefix ``noise_floor_`` are between single replicates of the same point.
    """
    key = tables.TUMOR_RADIUS_UM
    noise = mean_over_horizon(noise_errors).set_index(key)
    floor = noise[noise[COMPARISON] == REPLICATE_VS_REPLICATE].drop(columns=COMPARISON)
    return (
        mean_over_horizon(errors)
        .set_index(key)
        .join(floor.add_prefix("noise_floor_"))
        .join(timing.set_index(key))
        .reset_index()
    )
