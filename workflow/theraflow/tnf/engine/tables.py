"""Trajectories of an engine as rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import Simulation, output_times_min, simulation_id


def simulation_key(simulation: Simulation, engine: Engine) -> dict[str, Any]:
    """Return the values of the columns that name a simulation in every table."""
    point = simulation.point
    return {
        tables.SIMULATION_ID: simulation_id(simulation, engine.fingerprint),
        tables.TUMOR_RADIUS_UM: point.tumor_radius_um,
        tables.PULSE_PERIOD_MIN: point.pulse_period_min,
        tables.PULSE_DURATION_MIN: point.pulse_duration_min,
        tables.TNF_CONCENTRATION: point.tnf_concentration,
        tables.REPLICATE: simulation.replicate,
        tables.SEED: simulation.seed,
        tables.ENGINE: engine.label,
    }


def trajectory_table(
    simulations: Sequence[Simulation], counts: Sequence[ArrayLike], engine: Engine
) -> pa.Table:
    """Lay counts of shape (hours + 1, 3) each out, a row per hour, as ``TRAJECTORY_SCHEMA``.

    All at once: laid out one by one, a thousand simulations would take as long as some simulate.
    """
    times_min = [output_times_min(simulation.horizon_min) for simulation in simulations]
    rows = np.repeat(np.arange(len(simulations)), [len(times) for times in times_min])
    schema = tables.TRAJECTORY_SCHEMA
    cells = np.concatenate([np.empty((0, len(tables.CELL_TYPES)), np.int64), *counts])
    columns = {
        tables.TIME_MIN: np.concatenate([np.empty(0, np.int64), *times_min]),
        **dict(zip(tables.CELL_TYPES, cells.T, strict=True)),
    }
    named = pa.Table.from_pylist(
        [simulation_key(simulation, engine) for simulation in simulations],
        schema=pa.schema([field for field in schema if field.name not in columns]),
    )
    repeated = named.take(pa.array(rows)).combine_chunks()
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else repeated[field.name]
        for field in schema
    ]
    return pa.table(arrays, schema=schema)
