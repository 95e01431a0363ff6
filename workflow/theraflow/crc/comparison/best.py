"""The best therapy of every search, what it achieves, and its doses."""

from typing import Final

import numpy as np
import pandas as pd

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.arms import found_arms, reference_arm
from theraflow.crc.therapy.drugs import weeks_of
from theraflow.crc.therapy.therapy import Therapy, parameter_names, weekly_doses_mg

_SEARCH: Final = [tables.PATIENT, tables.ALGORITHM, tables.SEED]


def best_therapies(searches: pd.DataFrame, config: TherapyConfig) -> pd.DataFrame:
    """Reduce all improvements to the best of every search, with the reference it started from.

    ``searches`` are those of ``read_searches``. Adds relative inefficacy and objective (1 is the
    reference).
    """
    ordered = searches.sort_values([*_SEARCH, tables.EVALUATION])
    first, best = ordered.groupby(_SEARCH).first(), ordered.groupby(_SEARCH).last()
    result = best[
        [
            tables.OBJECTIVE,
            tables.INEFFICACY_MM,
            tables.DRUG_QUANTITY_PERCENT,
            *tables.DRUG_PERCENT,
            *parameter_names(config),
        ]
    ].copy()
    result[tables.RELATIVE_INEFFICACY] = best[tables.INEFFICACY_MM] / first[tables.INEFFICACY_MM]
    result[tables.RELATIVE_OBJECTIVE] = best[tables.OBJECTIVE] / first[tables.OBJECTIVE]
    return result.reset_index()


def best_of_seeds(best: pd.DataFrame) -> pd.DataFrame:
    """Keep, of each patient and algorithm, the row of the seed whose therapy has the lowest J."""
    lowest = best.groupby([tables.PATIENT, tables.ALGORITHM])[tables.OBJECTIVE].idxmin()
    return best.loc[lowest]


def summarise_algorithms(best: pd.DataFrame) -> pd.DataFrame:
    """Average over patients and seeds, one row per algorithm (paper, Fig. 2)."""
    values = list(tables.SUMMARISED)
    grouped = best.groupby(tables.ALGORITHM)[values]
    summary = grouped.mean()
    summary[[f"{value}{tables.DEVIATION}" for value in values]] = grouped.std()
    return summary.sort_values(tables.RELATIVE_OBJECTIVE).reset_index()


def doses_of_weeks(therapy: Therapy, config: TherapyConfig) -> pd.DataFrame:
    """List the doses of a therapy (mg) in every week, from 1."""
    doses_mg = weekly_doses_mg(therapy, config)
    weeks = np.arange(1, weeks_of(config) + 1)
    return pd.DataFrame(
        {tables.WEEK: weeks, **dict(zip(tables.DRUG_DOSE_MG, doses_mg, strict=True))}
    )


def weekly_doses(best: pd.DataFrame, config: TherapyConfig) -> pd.DataFrame:
    """List what every patient gets in every week (from 1), by the reference and by every search."""
    frames = []
    for patient in best[tables.PATIENT].unique():
        for arm in [reference_arm(config), *found_arms(best, patient, config)]:
            doses = doses_of_weeks(arm.therapy, config)
            seeds = pd.Series([arm.seed] * len(doses), dtype="Int64")
            doses.insert(0, tables.SEED, seeds)
            doses.insert(0, tables.ARM, arm.name)
            doses.insert(0, tables.PATIENT, patient)
            frames.append(doses)
    return pd.concat(frames, ignore_index=True)
