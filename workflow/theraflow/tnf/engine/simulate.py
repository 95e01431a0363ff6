"""Simulating without a campaign: in a pool, to arrays or to a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.tables import trajectory_table
from theraflow.tnf.simulation import Simulation
from theraflow.work.pool import run_tasks_surely


def simulate_all(
    simulations: Sequence[Simulation], engine: Engine, workers: int
) -> list[NDArray[np.int64]]:
    """Simulate in a pool of processes; counts of shape (hours + 1, 3) each, in the order given.

    Raises ``UserError`` when a simulation fails.
    """
    engine.warm_up()
    finished: dict[Simulation, NDArray[np.int64]] = {}
    for outcome in run_tasks_surely(simulations, engine.simulate, workers):
        if outcome.result is None:
            raise UserError(f"{_in_words(outcome.task)} failed: {outcome.reason}")
        finished[outcome.task] = outcome.result
    return [finished[simulation] for simulation in simulations]


def simulate_table(simulations: Sequence[Simulation], engine: Engine, workers: int) -> pd.DataFrame:
    """Simulate as ``simulate_all`` does; one table with the columns of ``TRAJECTORY_SCHEMA``."""
    counts = simulate_all(simulations, engine, workers)
    frame: pd.DataFrame = trajectory_table(simulations, counts, engine).to_pandas()
    return frame


def _in_words(simulation: Simulation) -> str:
    point = simulation.point
    return (
        f"the simulation of radius {point.tumor_radius_um} um, period {point.pulse_period_min} min,"
        f" duration {point.pulse_duration_min} min, concentration {point.tnf_concentration:g}, "
        f"replicate {simulation.replicate}"
    )
