"""Errors of surrogates on their test simulations."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.simulation import output_times_min
from theraflow.tnf.surrogate.evaluation.errors import Counts, Errors, ErrorTables
from theraflow.tnf.surrogate.parts import simulations_of_part
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.surrogate.split_file import SimulationSplit
from theraflow.tnf.trajectories.arrays import SimulationData, Trajectories


@dataclass(frozen=True)
class SurrogateEvaluation:
    """Errors over the test simulations, and these simulations with their predictions.

    In ``ERRORS_SCHEMA``, ``CELL_ERRORS_SCHEMA`` and ``PREDICTIONS_SCHEMA``.
    """

    errors: pd.DataFrame
    cell_errors: pd.DataFrame
    predictions: pd.DataFrame


def evaluate_surrogate(
    surrogate: Surrogate, split: SimulationSplit, data: SimulationData
) -> SurrogateEvaluation:
    """Evaluate a surrogate against the test simulations of its radius, or of all its radii.

    Errors are those of each radius with simulations of its own; predictions are of all test
    simulations. ``split`` was stored beside the surrogate when it was trained; ``data`` are the
    trajectories that it was trained on. Raises ``UserError`` as ``simulations_of_part`` does.
    """
    card = surrogate.card
    test = simulations_of_part(card, split, data, "test")
    return evaluate_on(surrogate, test, card.tumor_radii_um)


def evaluate_on(
    surrogate: Surrogate, test: Trajectories, tumor_radii_um: Iterable[int]
) -> SurrogateEvaluation:
    """Evaluate a surrogate on simulations, with the errors at each of the radii among them."""
    # The box of the training split may leave out a test point at the edge of the design.
    predicted = surrogate.predict(test.tumor_radii_um, test.parameters, extrapolate=True)
    points = test.points
    errors = ErrorTables.joined(
        [
            ErrorTables.of(
                radius, Errors.between(test.counts[chosen], predicted[chosen]), points[chosen]
            )
            for radius in tumor_radii_um
            if (chosen := test.tumor_radii_um == radius).any()
        ]
    )
    return SurrogateEvaluation(errors.errors, errors.cell_errors, prediction_table(test, predicted))


def prediction_table(test: Trajectories, predicted: Counts) -> pd.DataFrame:
    """Lay simulations and their predictions out in ``PREDICTIONS_SCHEMA``."""
    times_min = output_times_min(test.horizon_min)
    n_times = len(times_min)
    columns: dict[str, object] = {
        tables.SIMULATION_ID: np.repeat(test.simulation_ids, n_times),
        tables.TUMOR_RADIUS_UM: np.repeat(test.tumor_radii_um, n_times),
    }
    for index, name in enumerate(tables.PARAMETER_COLUMNS):
        columns[name] = np.repeat(test.parameters[:, index], n_times)
    columns[tables.REPLICATE] = np.repeat(test.replicates, n_times)
    columns[tables.TIME_MIN] = np.tile(times_min, len(test))
    for index, name in enumerate(tables.CELL_TYPES):
        columns[name] = test.counts[..., index].reshape(-1)
    for index, name in enumerate(tables.CELL_TYPES):
        columns[tables.PREDICTED + name] = predicted[..., index].reshape(-1)
    return pd.DataFrame(columns)
