"""Tables of errors over the hours of a simulation."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.stats.bootstrap import CONFIDENCE, interval_of_grouped_mean
from theraflow.tnf import tables
from theraflow.tnf.simulation import full_hours_min
from theraflow.tnf.trajectories.metrics import relative_error_percent, relative_error_totals_percent

Counts = NDArray[np.float64]

_SEED: Final = 0


@dataclass(frozen=True)
class Errors:
    """Errors at every full hour, of n pairs of trajectories or of n points.

    ``relative_percent`` (n, hours) of eq. 3 of the paper, ``totals_percent`` (n, hours) of the
    total count, ``cells`` (n, hours, 3) absolute, per cell type.
    """

    relative_percent: NDArray[np.float64]
    totals_percent: NDArray[np.float64]
    cells: NDArray[np.float64]

    @classmethod
    def between(cls, counts: Counts, predictions: Counts) -> Self:
        """Measure the errors of predictions of reference counts, both (n, hours + 1, 3)."""
        reference, predicted = counts[:, 1:], predictions[:, 1:]
        return cls(
            relative_error_percent(reference, predicted),
            relative_error_totals_percent(reference, predicted),
            np.abs(reference - predicted),
        )

    @classmethod
    def of_points(cls, points: "list[Errors]") -> Self:
        """Average the pairs of each point, so that every point counts alike."""
        return cls(
            np.array([each.relative_percent.mean(axis=0) for each in points]),
            np.array([each.totals_percent.mean(axis=0) for each in points]),
            np.array([each.cells.mean(axis=0) for each in points]),
        )

    def times(self, factor: float) -> "Errors":
        """Multiply all errors."""
        return Errors(
            factor * self.relative_percent, factor * self.totals_percent, factor * self.cells
        )


@dataclass(frozen=True)
class ErrorTables:
    """Mean errors in ``ERRORS_SCHEMA`` and ``CELL_ERRORS_SCHEMA`` of the study's tables."""

    errors: pd.DataFrame
    cell_errors: pd.DataFrame

    @classmethod
    def of(cls, tumor_radius_um: int, errors: Errors, points: NDArray[np.int64]) -> Self:
        """Lay the mean errors of one radius out as tables.

        ``points`` (n,): number of the point of each error. Intervals are of other draws of points.
        """
        times_min = full_hours_min(errors.cells.shape[1])
        common = {tables.TUMOR_RADIUS_UM: tumor_radius_um, tables.POINTS: len(np.unique(points))}
        return cls(
            errors=pd.DataFrame(
                {
                    **common,
                    tables.TIME_MIN: times_min,
                    **_mean_and_interval(tables.RELATIVE_ERROR, errors.relative_percent, points),
                    **_mean_and_interval(
                        tables.RELATIVE_ERROR_TOTALS, errors.totals_percent, points
                    ),
                }
            ),
            cell_errors=pd.DataFrame(
                {
                    **common,
                    tables.TIME_MIN: np.repeat(times_min, len(tables.CELL_TYPES)),
                    tables.CELL_TYPE: np.tile(tables.CELL_TYPES, len(times_min)),
                    **_mean_and_interval(
                        tables.MEAN_ABSOLUTE_ERROR,
                        errors.cells.reshape(len(errors.cells), -1),
                        points,
                    ),
                }
            ),
        )

    @classmethod
    def joined(cls, parts: "list[ErrorTables]") -> Self:
        """Put tables below each other."""
        return cls(
            pd.concat([each.errors for each in parts], ignore_index=True),
            pd.concat([each.cell_errors for each in parts], ignore_index=True),
        )

    def compared(self, comparison: str) -> "ErrorTables":
        """Say what is compared, as ``NOISE_ERRORS_SCHEMA`` does."""
        column = {tables.COMPARISON: comparison}
        return ErrorTables(self.errors.assign(**column), self.cell_errors.assign(**column))


def _mean_and_interval(
    name: str, errors: NDArray[np.float64], points: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    lower, upper = interval_of_grouped_mean(
        errors, points, CONFIDENCE, np.random.default_rng(_SEED)
    )
    return {
        name: errors.mean(axis=0),
        f"{name}_{tables.LOWER}": lower,
        f"{name}_{tables.UPPER}": upper,
    }
