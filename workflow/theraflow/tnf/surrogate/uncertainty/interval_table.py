"""The intervals of one prediction as a table."""

import numpy as np
import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.simulation import output_times_min
from theraflow.tnf.surrogate.uncertainty.ensemble import CalibratedSurrogate


def interval_table(
    surrogate: CalibratedSurrogate,
    tumor_radius_um: int,
    pulse_period_min: int,
    pulse_duration_min: int,
    tnf_concentration: float,
    *,
    extrapolate: bool = False,
) -> pd.DataFrame:
    """Predict all calibrated intervals of a treatment; rows in ``INTERVALS_SCHEMA``.

    Raises ``UserError`` as ``CalibratedSurrogate.predict_with_intervals`` does.
    """
    treatment = (pulse_period_min, pulse_duration_min, tnf_concentration)
    predicted = surrogate.ensemble.predict(tumor_radius_um, [treatment], extrapolate=extrapolate)
    calibration = surrogate.calibration
    times_min = output_times_min(surrogate.card.horizon_min)
    cell_types = len(tables.CELL_TYPES)
    frames = []
    for of, intervals_of in (
        (tables.ONE_SIMULATION, calibration.simulation_intervals),
        (tables.MEAN_OF_SIMULATIONS, calibration.mean_intervals),
    ):
        for level in calibration.levels:
            intervals = intervals_of(predicted, level)
            frames.append(
                pd.DataFrame(
                    {
                        tables.TUMOR_RADIUS_UM: tumor_radius_um,
                        **dict(zip(tables.PARAMETER_COLUMNS, treatment, strict=True)),
                        tables.TIME_MIN: np.repeat(times_min, cell_types),
                        tables.CELL_TYPE: np.tile(tables.CELL_TYPES, len(times_min)),
                        tables.INTERVAL_OF: of,
                        tables.LEVEL: 100 * level,
                        tables.PREDICTED_MEAN: intervals.prediction[0].reshape(-1),
                        tables.LOWER: intervals.lower[0].reshape(-1),
                        tables.UPPER: intervals.upper[0].reshape(-1),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)
