"""A prediction as a trajectory table, in the columns and types of the simulators'."""

from typing import Any

import pyarrow as pa

from theraflow.core.identity import content_hash
from theraflow.tnf import tables
from theraflow.tnf.simulation import output_times_min
from theraflow.tnf.surrogate.prediction import Surrogate


def predict_table(
    surrogate: Surrogate,
    tumor_radius_um: int,
    pulse_period_min: int,
    pulse_duration_min: int,
    tnf_concentration: float,
    *,
    extrapolate: bool = False,
) -> pa.Table:
    """Predict one trajectory; a row per hour in ``TRAJECTORY_SCHEMA``.

    The engine is the surrogate, the seed that of its training, the replicate always 0. Raises
    ``UserError`` as ``Surrogate.predict`` does.
    """
    parameters = [pulse_period_min, pulse_duration_min, tnf_concentration]
    counts = surrogate.predict(tumor_radius_um, [parameters], extrapolate=extrapolate)[0].astype(
        int
    )
    key: dict[str, Any] = {
        tables.TUMOR_RADIUS_UM: tumor_radius_um,
        **dict(zip(tables.PARAMETER_COLUMNS, parameters, strict=True)),
        tables.REPLICATE: 0,
        tables.SEED: surrogate.card.training.seed,
        tables.ENGINE: surrogate.label,
    }
    times_min = output_times_min(surrogate.card.horizon_min).tolist()
    rows = [
        {
            tables.SIMULATION_ID: content_hash(key),
            **key,
            tables.TIME_MIN: time_min,
            **dict(zip(tables.CELL_TYPES, cells, strict=True)),
        }
        for time_min, cells in zip(times_min, counts.tolist(), strict=True)
    ]
    return pa.Table.from_pylist(rows, tables.TRAJECTORY_SCHEMA)
