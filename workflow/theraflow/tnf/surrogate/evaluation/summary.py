"""The outcome of the study in one small table, for people."""

import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.tables import (
    COMPARISON,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    REPLICATE_VS_MEAN,
    REPLICATE_VS_REPLICATE,
)
from theraflow.tnf.trajectories.metrics import mean_over_horizon


def summarise_evaluation(
    errors: pd.DataFrame,
    general_errors: pd.DataFrame | None,
    noise_errors: pd.DataFrame,
    timing: pd.DataFrame,
) -> pd.DataFrame:
    """Put the errors of surrogates, those of single runs, and times side by side.

    One row per radius, with the columns of ``SUMMARY_SCHEMA``; errors (%) are means over the hours
    of a simulation. ``general_errors`` are those of the general surrogate, where there is one.
    """
    key = tables.TUMOR_RADIUS_UM
    noise = mean_over_horizon(noise_errors).set_index([COMPARISON, key])
    summary = (
        mean_over_horizon(errors)
        .set_index(key)
        .join(_of_general_surrogate(general_errors).add_prefix(tables.GENERAL))
        .join(noise.loc[REPLICATE_VS_MEAN].add_prefix(tables.NOISE_FLOOR))
        .join(noise.loc[REPLICATE_VS_REPLICATE].add_prefix(tables.BETWEEN_REPLICATES))
        .join(timing.set_index(key))
        .reset_index()
    )
    ordered: pd.DataFrame = summary[tables.SUMMARY_SCHEMA.names]
    return ordered


def _of_general_surrogate(errors: pd.DataFrame | None) -> pd.DataFrame:
    if errors is None:
        return pd.DataFrame(columns=[RELATIVE_ERROR, RELATIVE_ERROR_TOTALS], dtype=float)
    return mean_over_horizon(errors).set_index(tables.TUMOR_RADIUS_UM)
