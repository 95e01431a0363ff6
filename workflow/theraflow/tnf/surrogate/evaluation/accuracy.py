"""Errors of surrogates on their test simulations, and the noise floor of the simulator."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.simulation import OUTPUT_TIMES_MIN
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.surrogate.training.split import split_by_point
from theraflow.tnf.tables import (
    CELL_TYPE,
    COMPARISON,
    MEAN_ABSOLUTE_ERROR,
    PREDICTED,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    REPLICATE_VS_MEAN,
    REPLICATE_VS_REPLICATE,
)
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import (
    mean_absolute_error_cells,
    relative_error_percent,
    relative_error_totals_percent,
)

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorTables:
    """Mean errors at t = 60, ..., 1440 min.

    ``errors``: ``tumor_radius_um, time_min, relative_error_percent`` (eq. 3 of the paper),
    ``relative_error_totals_percent``. ``cell_errors``: ``tumor_radius_um, time_min, cell_type,
    mean_absolute_error_cells``. Those of a noise floor also have ``comparison``.
    """

    errors: pd.DataFrame
    cell_errors: pd.DataFrame


@dataclass(frozen=True)
class SurrogateEvaluation(ErrorTables):
    """Errors over the test simulations, and the simulations with their predictions.

    ``predictions``: parameters, replicate, time and counts as in the trajectory table, and
    ``predicted_alive, predicted_apoptotic, predicted_necrotic``.
    """

    predictions: pd.DataFrame


def evaluate_surrogate(surrogate: Surrogate, frame: pd.DataFrame) -> SurrogateEvaluation:
    """Hold a surrogate against the test simulations of its radius.

    ``frame`` is the trajectory table that it was trained on: the split is made again from its card.
    Raises ``UserError`` for other data.
    """
    card = surrogate.card
    trajectories = trajectories_of_radius(frame, card.tumor_radius_um)
    if trajectories.content_hash != card.data.content_hash:
        raise UserError(
            f"tumor_radius_um={card.tumor_radius_um}: the surrogate was trained on other data, so "
            "its test simulations are unknown; give its data set, or train it again"
        )
    split = split_by_point(trajectories, card.data.split, card.training.seed)
    test = trajectories.subset(split.test)
    # The box of the training split may leave out a test point at the edge of the design.
    predicted = surrogate.predict(test.parameters, extrapolate=True)
    tables_of_errors = _error_tables(card.tumor_radius_um, test.counts, predicted)
    return SurrogateEvaluation(
        errors=tables_of_errors.errors,
        cell_errors=tables_of_errors.cell_errors,
        predictions=_prediction_table(test, predicted),
    )


def evaluate_noise_floor(frame: pd.DataFrame) -> ErrorTables:
    """Measure the errors between independent replicates of the simulator, for every radius.

    Two comparisons: *replicate vs replicate* is the error of one run as the prediction of another;
    *replicate vs mean of others* is that of the mean of the others, which no predictor that sees
    only the parameters beats by much. Every point counts alike. ``frame`` is a trajectory table;
    raises ``UserError`` when a point has a single replicate.
    """
    floors = []
    for radius in sorted(frame[tables.TUMOR_RADIUS_UM].unique()):
        trajectories = trajectories_of_radius(frame, int(radius))
        for comparison, references, predictions in _replicate_comparisons(trajectories):
            floors.append((comparison, _error_tables(int(radius), references, predictions)))
    return ErrorTables(
        errors=pd.concat(
            [floor.errors.assign(**{COMPARISON: name}) for name, floor in floors],
            ignore_index=True,
        ),
        cell_errors=pd.concat(
            [floor.cell_errors.assign(**{COMPARISON: name}) for name, floor in floors],
            ignore_index=True,
        ),
    )


def _replicate_comparisons(trajectories: Trajectories) -> list[tuple[str, Counts, Counts]]:
    points = trajectories.points
    replicates_of_points = set(np.bincount(points).tolist())
    if len(replicates_of_points) > 1 or 1 in replicates_of_points:
        raise UserError(
            f"tumor_radius_um={trajectories.tumor_radius_um}: points have "
            f"{sorted(replicates_of_points)} replicates; a noise floor needs the same number of "
            "each, two or more"
        )
    n = replicates_of_points.pop()
    # Trajectories are sorted by point, so that the replicates of a point are neighbours.
    replicates = trajectories.counts.reshape(-1, n, *trajectories.counts.shape[1:])
    first, second = np.nonzero(~np.eye(n, dtype=bool))
    mean_of_others = (replicates.sum(axis=1, keepdims=True) - replicates) / (n - 1)
    pairs = [
        (REPLICATE_VS_REPLICATE, replicates[:, first], replicates[:, second]),
        (REPLICATE_VS_MEAN, replicates, mean_of_others),
    ]
    shape = (-1, *replicates.shape[2:])
    return [(name, a.reshape(shape), b.reshape(shape)) for name, a, b in pairs]


def _error_tables(tumor_radius_um: int, counts: Counts, predictions: Counts) -> ErrorTables:
    times_min = OUTPUT_TIMES_MIN[1:]
    reference, predicted = counts[:, 1:], predictions[:, 1:]
    errors = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: tumor_radius_um,
            tables.TIME_MIN: times_min,
            RELATIVE_ERROR: relative_error_percent(reference, predicted).mean(axis=0),
            RELATIVE_ERROR_TOTALS: relative_error_totals_percent(reference, predicted).mean(axis=0),
        }
    )
    cell_errors = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: tumor_radius_um,
            tables.TIME_MIN: np.repeat(times_min, len(tables.CELL_TYPES)),
            CELL_TYPE: np.tile(tables.CELL_TYPES, len(times_min)),
            MEAN_ABSOLUTE_ERROR: mean_absolute_error_cells(reference, predicted).reshape(-1),
        }
    )
    return ErrorTables(errors, cell_errors)


def _prediction_table(test: Trajectories, predicted: Counts) -> pd.DataFrame:
    n_times = len(OUTPUT_TIMES_MIN)
    columns: dict[str, object] = {tables.TUMOR_RADIUS_UM: test.tumor_radius_um}
    for index, name in enumerate(tables.PARAMETER_COLUMNS):
        columns[name] = np.repeat(test.parameters[:, index], n_times)
    columns[tables.REPLICATE] = np.repeat(test.replicates, n_times)
    columns[tables.TIME_MIN] = np.tile(OUTPUT_TIMES_MIN, len(test))
    for index, name in enumerate(tables.CELL_TYPES):
        columns[name] = test.counts[..., index].reshape(-1)
    for index, name in enumerate(tables.CELL_TYPES):
        columns[PREDICTED + name] = predicted[..., index].reshape(-1)
    return pd.DataFrame(columns)
