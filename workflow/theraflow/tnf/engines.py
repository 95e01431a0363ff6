"""One interface over everything that can simulate a spheroid."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.campaign import tables
from theraflow.campaign.pool import run_tasks
from theraflow.config.engines import AnyEngineConfig, EngineConfig, PhysibossConfig
from theraflow.errors import UserError
from theraflow.tnf.engine_fingerprint import engine_fingerprint
from theraflow.tnf.model import load_configured_model
from theraflow.tnf.simulation import (
    OUTPUT_INTERVAL_MIN,
    SIMULATED_MIN,
    Simulation,
    simulation_id,
)
from theraflow.tnf.time_steps import TIME_STEPS

if TYPE_CHECKING:
    from theraflow.tnf.embedded.engine import EmbeddedEngine
    from theraflow.tnf.physiboss.engine import PhysibossEngine

OUTPUT_TIMES_MIN = np.arange(0, SIMULATED_MIN + 1, OUTPUT_INTERVAL_MIN)


class Engine(Protocol):
    """A simulator of the TNF spheroid; picklable, so that worker processes can receive it."""

    @property
    def label(self) -> str:
        """Human-readable name, version and settings: the ``engine`` column of every table."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides results: code, model constants, network, settings."""

    def warm_up(self) -> None:
        """Do once-per-process preparation (compilation) before simulations are timed or forked."""

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run one simulation.

        Returns counts of shape (25, 3): alive, apoptotic and necrotic cells at
        t = 0, 60, ..., 1440 min. May raise ``AttemptError``, which tells the class of a failure.
        """


def make_engine(config: AnyEngineConfig) -> Engine:
    """Make the simulator that a config asks for.

    Raises ``UserError`` for a file that is missing or malformed.
    """
    if isinstance(config, PhysibossConfig):
        return make_physiboss_engine(config)
    return make_embedded_engine(config)


def make_embedded_engine(config: EngineConfig) -> "EmbeddedEngine":
    """Make the embedded engine; raises ``UserError`` as ``make_engine`` does."""
    # Importing numba takes a second that readers of tables need not wait for.
    from theraflow.tnf.embedded.engine import EmbeddedEngine

    model = load_configured_model(config)
    return EmbeddedEngine(model, TIME_STEPS[config.time_steps], engine_fingerprint(config))


def make_physiboss_engine(config: PhysibossConfig) -> "PhysibossEngine":
    """Make the engine that runs PhysiBoSS; raises ``UserError`` as ``make_engine`` does."""
    from theraflow.tnf.physiboss.engine import PhysibossEngine
    from theraflow.tnf.physiboss.settings import load_settings

    return PhysibossEngine(config, load_settings(config), engine_fingerprint(config))


def simulate_all(
    simulations: Sequence[Simulation], engine: Engine, workers: int
) -> list[NDArray[np.int64]]:
    """Simulate in a pool of processes; counts of shape (25, 3) each, in the order given.

    Raises ``UserError`` when a simulation fails.
    """
    engine.warm_up()
    finished: dict[Simulation, NDArray[np.int64]] = {}
    for outcome in run_tasks(simulations, engine.simulate, workers):
        if outcome.result is None:
            raise UserError(f"{_in_words(outcome.task)} failed: {outcome.reason}")
        finished[outcome.task] = outcome.result
    return [finished[simulation] for simulation in simulations]


def simulate_table(simulations: Sequence[Simulation], engine: Engine, workers: int) -> pd.DataFrame:
    """Simulate as ``simulate_all`` does; one table with the columns of ``TRAJECTORY_SCHEMA``."""
    counts = simulate_all(simulations, engine, workers)
    pairs = zip(simulations, counts, strict=True)
    return pd.concat([trajectory_table(*pair, engine) for pair in pairs], ignore_index=True)


def _in_words(simulation: Simulation) -> str:
    point = simulation.point
    return (
        f"the simulation of radius {point.tumor_radius_um} um, period {point.pulse_period_min} min,"
        f" duration {point.pulse_duration_min} min, concentration {point.tnf_concentration:g}, "
        f"replicate {simulation.replicate}"
    )


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
    """Lay counts of shape (25, 3) out as 25 rows with the columns of ``TRAJECTORY_SCHEMA``."""
    return pd.DataFrame(
        simulation_key(simulation, engine)
        | {
            tables.TIME_MIN: OUTPUT_TIMES_MIN,
            tables.ALIVE: counts[:, 0],
            tables.APOPTOTIC: counts[:, 1],
            tables.NECROTIC: counts[:, 2],
        }
    )
