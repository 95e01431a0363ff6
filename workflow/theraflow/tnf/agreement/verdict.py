"""What a comparison says: two simulators agree, they differ, or there are not enough data."""

from enum import StrEnum
from typing import Final

import pandas as pd

from theraflow.tnf import tables

# Two simulators that agree are told apart, by any of the four kinds of tests, in at most 5 %.
SIGNIFICANCE: Final = 0.05 / 4
_EQUIVALENCE_LEVEL: Final = 0.05


class Verdict(StrEnum):
    """Whether two simulators agree.

    ``DIFFER``: some difference is significant, and not shown to lie within its margin. ``AGREE``:
    the bias of every mean over points, and the excess of R^T, lie within their margins with 95 %
    confidence. Otherwise there are not enough data.
    """

    AGREE = "agree"
    DIFFER = "differ"
    NOT_ENOUGH_DATA = "not enough data"


def judge(differences: pd.DataFrame, biases: pd.DataFrame, excesses: pd.DataFrame) -> Verdict:
    """Judge one radius by its rows of the tables of a comparison."""
    excess_matters = _matters(excesses).any()
    if (
        (_significant(differences, tables.P_MEANS) & _matters(differences)).any()
        or (_significant(biases, tables.P_MEANS) & _matters(biases)).any()
        or (excess_matters and _significant(differences, tables.P_DISTRIBUTIONS).any())
        or (excess_matters and _significant(excesses, tables.P_EXCESS).any())
    ):
        return Verdict.DIFFER
    p_values = pd.concat([biases[tables.P_EQUIVALENCE], excesses[tables.P_EQUIVALENCE]])
    return Verdict.AGREE if p_values.max() <= _EQUIVALENCE_LEVEL else Verdict.NOT_ENOUGH_DATA


def count_significant(table: pd.DataFrame, test: str) -> int:
    """Count the rows in which a test, named by its column of p-values, finds a difference."""
    return int(_significant(table, test).sum())


def _significant(table: pd.DataFrame, test: str) -> "pd.Series[bool]":
    return table[test + tables.ADJUSTED] < SIGNIFICANCE


def _matters(table: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the differences that are not shown to lie within their margin; null tells nothing."""
    margin = table[tables.MARGIN]
    return ~((table[tables.LOWER] >= -margin) & (table[tables.UPPER] <= margin))
