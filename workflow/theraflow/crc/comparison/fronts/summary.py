"""What the fronts say: better than the reference, with fewer drugs, and how often."""

from typing import Final

import numpy as np
import pandas as pd

from theraflow.crc import tables
from theraflow.crc.comparison.fronts.merged import NO_DIFFERENCE_PERCENT
from theraflow.crc.comparison.fronts.tables import (
    ALL,
    DOMINATES_REFERENCE,
    FRONT,
    FRONT_SUMMARY_SCHEMA,
    GOALS,
    HYPERVOLUME_MERGED,
    HYPERVOLUME_OWN,
    LARGEST_GAP,
    LEAST_DRUGS_PERCENT,
    LEAST_INEFFICACY_PERCENT,
    MERGED,
    PATIENTS,
    RELATIVE_INEFFICACY_PERCENT,
    VERIFIED_INEFFICACY_PERCENT,
    attains,
)
from theraflow.search.comparison.pareto import hypervolume, share_attaining
from theraflow.search.problem import Values

_REFERENCE_PERCENT: Final = np.array([100.0, 100.0])
# Sums of doses are rounded.
_ALLOWED_PERCENT: Final = np.array([NO_DIFFERENCE_PERCENT, 1e-9])


def summarise_fronts(fronts: pd.DataFrame) -> pd.DataFrame:
    """Summarise fronts of patients, columns as ``FRONTS_SCHEMA``, one row each and one of all.

    Claims about the reference rest on verified points alone; the reference is one of them, so that
    a patient for whom nothing better was found has 100 %. Hypervolumes and goals are those of
    all points. Columns as ``FRONT_SUMMARY_SCHEMA``.
    """
    of_patients = pd.DataFrame(
        [
            {tables.SUBJECT: subject, PATIENTS: 1, **_summary(front)}
            for subject, front in fronts.groupby(tables.SUBJECT, sort=False)
        ]
    )
    numbers = of_patients.drop(columns=tables.SUBJECT)
    total = {
        **numbers.mean().to_dict(),
        tables.SUBJECT: ALL,
        PATIENTS: len(of_patients),
        LARGEST_GAP: of_patients[LARGEST_GAP].max(),
    }
    both = [of_patients, pd.DataFrame([total])]
    return pd.concat(both, ignore_index=True).reindex(columns=FRONT_SUMMARY_SCHEMA.names)


def _summary(rows: pd.DataFrame) -> dict[str, float]:
    merged = rows[rows[FRONT] == MERGED]
    verified = _points(
        rows[rows[FRONT].isin([MERGED, tables.REFERENCE])].dropna(
            subset=VERIFIED_INEFFICACY_PERCENT
        ),
        VERIFIED_INEFFICACY_PERCENT,
    )
    no_worse = verified[(verified <= _REFERENCE_PERCENT + _ALLOWED_PERCENT).all(axis=1)]
    points = _points(merged)
    own = rows[~rows[FRONT].isin([MERGED, tables.REFERENCE, tables.UNTREATED])]
    gains = (_REFERENCE_PERCENT - no_worse).max(axis=1)
    return {
        DOMINATES_REFERENCE: float((gains >= NO_DIFFERENCE_PERCENT).any()),
        LEAST_DRUGS_PERCENT: float(no_worse[:, 1].min()),
        LEAST_INEFFICACY_PERCENT: float(no_worse[:, 0].min()),
        HYPERVOLUME_MERGED: _share_dominated(points),
        HYPERVOLUME_OWN: _share_dominated(_points(own)) if len(own) else np.nan,
        **{attains(*goal): share_attaining([points], goal + _ALLOWED_PERCENT) for goal in GOALS},
        LARGEST_GAP: float(merged[tables.RELATIVE_GAP].abs().max()),
    }


def _points(rows: pd.DataFrame, inefficacy: str = RELATIVE_INEFFICACY_PERCENT) -> Values:
    return rows[[inefficacy, tables.DRUG_QUANTITY_PERCENT]].to_numpy()


def _share_dominated(points: Values) -> float:
    return hypervolume(points / _REFERENCE_PERCENT, np.ones(2))
