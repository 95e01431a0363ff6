"""Intervals around predicted counts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

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
