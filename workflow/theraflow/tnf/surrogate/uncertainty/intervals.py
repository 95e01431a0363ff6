"""Intervals around predictions, and how often they hold what they promise."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.simulation import full_hours_min
from theraflow.tnf.surrogate.uncertainty.distribution import Counts


@dataclass(frozen=True)
class Intervals:
    """Predicted counts and their bounds, in cells, each of shape (n, hours + 1, 3).

    Bounds are real numbers, none below 0, and hold the prediction.
    """

    prediction: Counts
    lower: Counts
    upper: Counts

    @classmethod
    def around(cls, prediction: Counts, below: Counts, above: Counts) -> Self:
        """Reach so many cells below and above the prediction, but never below 0."""
        return cls(prediction, np.maximum(prediction - below, 0), prediction + above)


def coverage_table(intervals: Intervals, counts: Counts) -> pd.DataFrame:
    """Tell how many of the counts (n, hours + 1, 3) lie within, per full hour and cell type.

    Within is lower <= count <= upper. Columns: time, cell type, number of counts, share within (%),
    mean width of the intervals (cells).
    """
    is_within = (intervals.lower <= counts) & (counts <= intervals.upper)
    widths = intervals.upper - intervals.lower
    hours, cell_types = counts.shape[1] - 1, len(tables.CELL_TYPES)
    return pd.DataFrame(
        {
            tables.TIME_MIN: np.repeat(full_hours_min(hours), cell_types),
            tables.CELL_TYPE: np.tile(tables.CELL_TYPES, hours),
            tables.COUNTED: len(counts),
            tables.COVERAGE: 100 * is_within[:, 1:].mean(axis=0).reshape(-1),
            tables.INTERVAL_WIDTH: widths[:, 1:].mean(axis=0).reshape(-1),
        }
    )
