"""What a surrogate saves: CPU time of simulation against inference, and when it pays off."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.stats.bootstrap import CONFIDENCE, percentile_interval, resampled
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.tables import (
    BREAK_EVEN_SIMULATIONS,
    DATA_SIMULATIONS,
    INFERENCE_BATCH_CPU_S,
    INFERENCE_SINGLE_CPU_S,
    LOWER,
    SIMULATION_CPU_S,
    SPEEDUP,
    TRAINING_CPU_S,
    TRAINING_DEVICE,
    TRAINING_GPU_S,
    UPPER,
)
from theraflow.tnf.trajectories.arrays import SimulationData, Trajectories, trajectories_of_radius
from theraflow.work.usage import Usage

Values = NDArray[np.float64]

_SEED: Final = 0


def time_simulation_and_inference(
    engine: Engine, surrogate: Surrogate, data: SimulationData, config: TimingConfig
) -> pd.DataFrame:
    """Measure CPU seconds on one core for one radius (the paper's Table I); one row.

    Simulates points of ``data``, spread evenly over them. The columns are those
    of ``TIMING_SCHEMA``. Seconds of a GPU are not added to seconds of a CPU: after a training on a
    GPU there is no break-even.
    """
    card = surrogate.card
    (radius,) = card.tumor_radii_um
    simulations = trajectories_of_radius(data, radius)
    parameters = simulations.parameters
    chosen = np.linspace(0, len(parameters) - 1, config.simulations).round().astype(int)
    simulations_s = _time_simulations(engine, radius, parameters[chosen], card.horizon_min)
    singles_s, batches_s = _time_repeats(surrogate, simulations, config)
    simulation_s, batch_s = simulations_s.mean(), np.median(batches_s)
    generator = np.random.default_rng(_SEED)
    drawn_simulation_s = resampled(simulations_s, np.mean, generator)
    drawn_batch_s = resampled(batches_s, np.median, generator)

    def break_even(simulation_cpu_s: ArrayLike, inference_cpu_s: ArrayLike) -> Values:
        return break_even_simulations(
            simulation_cpu_s, inference_cpu_s, card.training.cpu_s, card.data.simulations
        )

    intervals = {
        SIMULATION_CPU_S: drawn_simulation_s,
        INFERENCE_BATCH_CPU_S: drawn_batch_s,
        BREAK_EVEN_SIMULATIONS: break_even(drawn_simulation_s, drawn_batch_s),
    }
    timing = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: [radius],
            SIMULATION_CPU_S: simulation_s,
            INFERENCE_SINGLE_CPU_S: np.median(singles_s),
            INFERENCE_BATCH_CPU_S: batch_s,
            TRAINING_DEVICE: card.training.device,
            TRAINING_CPU_S: card.training.cpu_s,
            TRAINING_GPU_S: card.training.gpu_s,
            DATA_SIMULATIONS: card.data.simulations,
            SPEEDUP: simulation_s / batch_s,
            BREAK_EVEN_SIMULATIONS: break_even(simulation_s, batch_s),
        }
    )
    for name, drawn in intervals.items():
        timing[[f"{name}_{LOWER}", f"{name}_{UPPER}"]] = percentile_interval(drawn, CONFIDENCE)
    if card.training.gpu_s > 0:
        timing.loc[:, timing.columns.str.startswith(BREAK_EVEN_SIMULATIONS)] = np.nan
    return timing


def time_inference(
    surrogate: Surrogate, simulations: Trajectories, config: TimingConfig
) -> tuple[float, float]:
    """Measure inference on one thread: CPU seconds per simulation, singly and in batches.

    Median over ``config.repeats``; the simulations are repeated to fill a batch.
    """
    singles_s, batches_s = _time_repeats(surrogate, simulations, config)
    return float(np.median(singles_s)), float(np.median(batches_s))


def _time_repeats(
    surrogate: Surrogate, simulations: Trajectories, config: TimingConfig
) -> tuple[Values, Values]:
    chosen = np.resize(np.arange(len(simulations)), config.inference_batch_size)
    batch = simulations.subset(chosen)

    def predict_single() -> None:
        surrogate.predict(batch.tumor_radii_um[0], batch.parameters[:1], extrapolate=True)

    def predict_batch() -> None:
        surrogate.predict(batch.tumor_radii_um, batch.parameters, extrapolate=True)

    threads_before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        singles_s = _cpu_s(predict_single, config.repeats)
        batches_s = _cpu_s(predict_batch, config.repeats) / len(batch)
    finally:
        torch.set_num_threads(threads_before)
    return singles_s, batches_s


def break_even_simulations(
    simulation_cpu_s: ArrayLike,
    inference_cpu_s: ArrayLike,
    training_cpu_s: float,
    data_simulations: int,
) -> Values:
    """Compute the number of simulations from which a surrogate is the faster way (Fig. 6).

    Times are numbers or arrays of one shape. The surrogate costs its data, its training, and one
    inference per wanted simulation. Infinite when an inference is not faster than a simulation.
    """
    saved_s = np.subtract(simulation_cpu_s, inference_cpu_s)
    spent_s = data_simulations * np.asarray(simulation_cpu_s) + training_cpu_s
    pays_off = saved_s > 0
    return np.where(pays_off, spent_s / np.where(pays_off, saved_s, 1), np.inf)


def _time_simulations(
    engine: Engine, tumor_radius_um: int, parameters: NDArray[np.float64], horizon_min: int
) -> Values:
    engine.warm_up()
    simulations = [
        plan_simulation(
            ParameterPoint(tumor_radius_um, int(period), int(duration), float(concentration)),
            replicate=0,
            base_seed=0,
            horizon_min=horizon_min,
        )
        for period, duration, concentration in parameters
    ]
    # An engine may be a program of its own, whose time is that of a child process.
    usage = Usage()
    passed_s = [0.0]
    for simulation in simulations:
        engine.simulate(simulation)
        passed_s.append(usage.cpu_s())
    return np.diff(passed_s)


def _cpu_s(action: Callable[[], None], repeats: int) -> Values:
    action()
    durations = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        durations.append(time.process_time() - start)
    return np.array(durations)
