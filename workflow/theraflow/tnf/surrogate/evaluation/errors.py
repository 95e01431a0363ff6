"""Tables of errors over the hours of a simulation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.tnf import tables
from theraflow.tnf.simulation import full_hours_min
from theraflow.tnf.trajectories.metrics import (
    mean_absolute_error_cells,
    relative_error_percent,
    relative_error_totals_percent,
)

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class MeanErrors:
    """Errors at every full hour, averaged over pairs of trajectories.

    ``relative_percent`` (hours,) of eq. 3 of the paper, ``totals_percent`` (hours,) of the total
    count, ``cells`` (hours, 3) absolute, per cell type.
    """

    relative_percent: NDArray[np.float64]
    totals_percent: NDArray[np.float64]
    cells: NDArray[np.float64]

    @classmethod
    def between(cls, counts: Counts, predictions: Counts) -> "MeanErrors":
        """Measure the errors of predictions of reference counts, both (n, hours + 1, 3)."""
        reference, predicted = counts[:, 1:], predictions[:, 1:]
        return cls(
            relative_error_percent(reference, predicted).mean(axis=0),
            relative_error_totals_percent(reference, predicted).mean(axis=0),
            mean_absolute_error_cells(reference, predicted),
        )


@dataclass(frozen=True)
class ErrorTables:
    """Mean errors in ``ERRORS_SCHEMA`` and ``CELL_ERRORS_SCHEMA`` of the study's tables."""

    errors: pd.DataFrame
    cell_errors: pd.DataFrame

    @classmethod
    def of(cls, tumor_radius_um: int, errors: MeanErrors) -> "ErrorTables":
        """Lay the errors of one radius out as tables."""
        times_min = full_hours_min(len(errors.cells))
        return cls(
            errors=pd.DataFrame(
                {
                    tables.TUMOR_RADIUS_UM: tumor_radius_um,
                    tables.TIME_MIN: times_min,
                    tables.RELATIVE_ERROR: errors.relative_percent,
                    tables.RELATIVE_ERROR_TOTALS: errors.totals_percent,
                }
            ),
            cell_errors=pd.DataFrame(
                {
                    tables.TUMOR_RADIUS_UM: tumor_radius_um,
                    tables.TIME_MIN: np.repeat(times_min, len(tables.CELL_TYPES)),
                    tables.CELL_TYPE: np.tile(tables.CELL_TYPES, len(times_min)),
                    tables.MEAN_ABSOLUTE_ERROR: errors.cells.reshape(-1),
                }
            ),
        )
