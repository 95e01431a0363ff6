"""What shares of the patients can have: few drugs, a low inefficacy, or both."""

from typing import Final

import pandas as pd

from theraflow.crc import tables
from theraflow.crc.comparison.fronts.tables import (
    FRONT,
    MERGED,
    RELATIVE_INEFFICACY_PERCENT,
    SHARE_OF_PATIENTS,
)
from theraflow.search.comparison.pareto import attainment

_SHARES: Final = (0.25, 0.5, 0.75, 1.0)


def attainment_of_patients(fronts: pd.DataFrame) -> pd.DataFrame:
    """Return what a quarter, half, three quarters and all of the patients attain.

    ``fronts`` has columns as ``FRONTS_SCHEMA``. Columns as ``ATTAINMENT_SCHEMA``; a row is a corner
    of the attainment function (Fonseca and Fleming 1996), with each patient in the place of a
    search. Rows are in the order of shares, and for each in that of drugs.
    """
    axes = [tables.DRUG_QUANTITY_PERCENT, RELATIVE_INEFFICACY_PERCENT]
    merged = fronts[fronts[FRONT] == MERGED]
    of_patients = [front[axes].to_numpy() for _, front in merged.groupby(tables.SUBJECT)]
    corners = pd.DataFrame(attainment(of_patients, _SHARES), columns=[*axes, SHARE_OF_PATIENTS])
    in_order = corners.sort_values([SHARE_OF_PATIENTS, tables.DRUG_QUANTITY_PERCENT])
    return in_order[[SHARE_OF_PATIENTS, *axes]].reset_index(drop=True)
