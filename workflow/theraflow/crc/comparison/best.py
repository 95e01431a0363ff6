"""The best therapy of every search, what it achieves, and its doses."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.arms import arms_of
from theraflow.crc.comparison.tables import ARM, DRUG_DOSE_MG, WEEK

SEARCH: Final = [tables.SUBJECT, tables.ALGORITHM, tables.SEED]
_ACHIEVED: Final = (
    tables.EVALUATION,
    tables.OBJECTIVE,
    tables.INEFFICACY,
    tables.DRUG_QUANTITY_PERCENT,
    *tables.DRUG_PERCENT,
    tables.DIAMETER_MM,
)


def best_therapies(improvements: pd.DataFrame) -> pd.DataFrame:
    """Reduce improvements to the best of every search, with the reference that it started from.

    ``improvements`` are those of ``read_searches``. Adds relative inefficacy and objective (1 is
    the reference, as the search's own evaluator sees it).
    """
    searches = improvements.sort_values([*SEARCH, tables.EVALUATION]).groupby(SEARCH)
    first, best = searches.first(), searches.last()
    parameters = list(best.filter(like=tables.PARAMETER_PREFIX))
    relative = {
        name: best[value] / first[value]
        for name, value in (
            (tables.RELATIVE_INEFFICACY, tables.INEFFICACY),
            (tables.RELATIVE_OBJECTIVE, tables.OBJECTIVE),
        )
    }
    return best[[*_ACHIEVED, *parameters]].assign(**relative).reset_index()


def doses_of_weeks(weekly_mg: NDArray[np.float64]) -> pd.DataFrame:
    """List doses (2, weeks), in mg, by weeks from 1."""
    weeks = np.arange(1, weekly_mg.shape[1] + 1)
    return pd.DataFrame({WEEK: weeks, **dict(zip(DRUG_DOSE_MG, weekly_mg, strict=True))})


def weekly_doses(best: pd.DataFrame, config: TherapyConfig) -> pd.DataFrame:
    """List what every patient gets in every week (from 1), in each arm but the untreated."""
    frames = []
    for subject in best[tables.SUBJECT].unique():
        for arm in arms_of(best, subject, config):
            if arm.name == tables.UNTREATED:
                continue
            doses = doses_of_weeks(arm.weekly_mg)
            doses.insert(0, tables.SEED, pd.Series([arm.seed] * len(doses), dtype="Int64"))
            doses.insert(0, ARM, arm.name)
            doses.insert(0, tables.SUBJECT, subject)
            frames.append(doses)
    return pd.concat(frames, ignore_index=True)
