"""A surrogate at the points of the noise floor, so that its errors compare with the noise."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from theraflow.tnf.surrogate.evaluation.accuracy import SurrogateEvaluation, prediction_table
from theraflow.tnf.surrogate.evaluation.errors import Errors, ErrorTables
from theraflow.tnf.surrogate.evaluation.noise_floor import repeated_points
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius


def evaluate_at_replicates(
    surrogate: Surrogate, frame: pd.DataFrame, tumor_radii_um: Iterable[int]
) -> SurrogateEvaluation:
    """Evaluate a surrogate against every replicate of each point, at radii that it knows.

    ``frame`` is the trajectory table of ``evaluate_noise_floor``. The points are the same, and
    every point counts alike here, too. Raises ``UserError`` as it does.
    """
    errors, predictions = [], []
    for radius in tumor_radii_um:
        of_points = []
        for replicates in repeated_points(trajectories_of_radius(frame, radius)):
            predicted = surrogate.predict(
                replicates.tumor_radii_um, replicates.parameters, extrapolate=True
            )
            of_points.append(Errors.between(replicates.counts, predicted))
            predictions.append(prediction_table(replicates, predicted))
        points = np.arange(len(of_points))
        errors.append(ErrorTables.of(radius, Errors.of_points(of_points), points))
    joined = ErrorTables.joined(errors)
    return SurrogateEvaluation(
        joined.errors, joined.cell_errors, pd.concat(predictions, ignore_index=True)
    )
