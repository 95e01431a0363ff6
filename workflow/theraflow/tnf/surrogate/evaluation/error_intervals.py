"""How sure the mean error of a surrogate is, as it was tested on so many simulations."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from theraflow.tnf import tables
from theraflow.tnf.trajectories.metrics import relative_error_percent

_LEVEL: Final = 0.95


@dataclass(frozen=True)
class MeanError:
    """Relative error (eq. 3), %, averaged over hours and simulations, with its 95 % interval.

    ``lower`` and ``upper`` are nan for a single treatment.
    """

    simulations: int
    mean: float
    lower: float
    upper: float


def mean_error_interval(predictions: pd.DataFrame) -> MeanError:
    """Estimate the mean error of a surrogate and its interval from ``PREDICTIONS_SCHEMA``.

    Student's interval over treatments, as replicates of one treatment err together.
    """
    after_start = predictions[predictions[tables.TIME_MIN] > 0]
    counted = after_start[[*tables.CELL_TYPES]].to_numpy(float)
    predicted = after_start[[tables.PREDICTED + name for name in tables.CELL_TYPES]].to_numpy(float)
    errors = after_start.assign(error=relative_error_percent(counted, predicted))
    of_simulations = errors.groupby([*tables.POINT_COLUMNS, tables.REPLICATE])["error"].mean()
    of_points = of_simulations.groupby(level=list(tables.POINT_COLUMNS)).mean().to_numpy()
    mean = float(of_simulations.mean())
    if len(of_points) < 2:
        return MeanError(len(of_simulations), mean, np.nan, np.nan)
    standard_error = of_points.std(ddof=1) / np.sqrt(len(of_points))
    half = float(student_t.ppf((1 + _LEVEL) / 2, len(of_points) - 1) * standard_error)
    return MeanError(len(of_simulations), mean, mean - half, mean + half)
