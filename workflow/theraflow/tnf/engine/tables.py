"""Trajectories of an engine as rows of a table."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    simulation: Simulation, counts: NDArray[np.int64], engine: Engine
) -> pd.DataFrame:
    """Lay counts of shape (hours + 1, 3) out, a row per hour, as ``TRAJECTORY_SCHEMA`` has them."""
    return pd.DataFrame(
        simulation_key(simulation, engine)
        | {
            tables.TIME_MIN: output_times_min(simulation.horizon_min),
            tables.ALIVE: counts[:, 0],
            tables.APOPTOTIC: counts[:, 1],
            tables.NECROTIC: counts[:, 2],
        }
    )
