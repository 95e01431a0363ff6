"""What a surrogate saves: CPU time of simulation against inference, and when it pays off."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.tables import (
    BREAK_EVEN_SIMULATIONS,
    DATA_SIMULATIONS,
    INFERENCE_BATCH_CPU_S,
    INFERENCE_SINGLE_CPU_S,
    SIMULATION_CPU_S,
    SPEEDUP,
    TRAINING_CPU_S,
    TRAINING_DEVICE,
    TRAINING_GPU_S,
)
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.work.usage import Usage


def time_simulation_and_inference(
    engine: Engine, surrogate: Surrogate, frame: pd.DataFrame, config: TimingConfig
) -> pd.DataFrame:
    """Measure CPU seconds on one core for one radius (the paper's Table I); one row.

    Simulates points of the trajectory table ``frame``, spread evenly over it. The columns are those
    of ``TIMING_SCHEMA``. Seconds of a GPU are not added to seconds of a CPU: after a training on a
    GPU there is no break-even.
    """
    card = surrogate.card
    (radius,) = card.tumor_radii_um
    simulations = trajectories_of_radius(frame, radius)
    parameters = simulations.parameters
    chosen = np.linspace(0, len(parameters) - 1, config.simulations).round().astype(int)
    simulation_s = _time_simulations(engine, radius, parameters[chosen], card.horizon_min)
    single_s, batch_s = time_inference(surrogate, simulations, config)
    break_even = break_even_simulations(
        simulation_s, batch_s, card.training.cpu_s, card.data.simulations
    )
    return pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: [radius],
            SIMULATION_CPU_S: simulation_s,
            INFERENCE_SINGLE_CPU_S: single_s,
            INFERENCE_BATCH_CPU_S: batch_s,
            TRAINING_DEVICE: card.training.device,
            TRAINING_CPU_S: card.training.cpu_s,
            TRAINING_GPU_S: card.training.gpu_s,
            DATA_SIMULATIONS: card.data.simulations,
            SPEEDUP: simulation_s / batch_s,
            BREAK_EVEN_SIMULATIONS: break_even if card.training.gpu_s == 0 else float("nan"),
        }
    )


def time_inference(
    surrogate: Surrogate, simulations: Trajectories, config: TimingConfig
) -> tuple[float, float]:
    """Measure inference on one thread: CPU seconds per simulation, singly and in batches.

    Median over ``config.repeats``; the simulations are repeated to fill a batch.
    """
    chosen = np.resize(np.arange(len(simulations)), config.inference_batch_size)
    batch = simulations.subset(chosen)

    def predict_single() -> None:
        surrogate.predict(batch.tumor_radii_um[0], batch.parameters[:1], extrapolate=True)

    def predict_batch() -> None:
        surrogate.predict(batch.tumor_radii_um, batch.parameters, extrapolate=True)

    threads_before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        single_s = _median_cpu_s(predict_single, config.repeats)
        batch_s = _median_cpu_s(predict_batch, config.repeats) / len(batch)
    finally:
        torch.set_num_threads(threads_before)
    return single_s, batch_s


def break_even_simulations(
    simulation_cpu_s: float,
    inference_cpu_s: float,
    training_cpu_s: float,
    data_simulations: int,
) -> float:
    """Compute the number of simulations from which a surrogate is the faster way (Fig. 6).

    The surrogate costs its data, its training, and one inference per wanted simulation. Infinite
    when an inference is not faster than a simulation.
    """
    saved_s = simulation_cpu_s - inference_cpu_s
    if saved_s <= 0:
        return float("inf")
    return (data_simulations * simulation_cpu_s + training_cpu_s) / saved_s


def _time_simulations(
    engine: Engine, tumor_radius_um: int, parameters: NDArray[np.float64], horizon_min: int
) -> float:
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
    for simulation in simulations:
        engine.simulate(simulation)
    return usage.cpu_s() / len(simulations)


def _median_cpu_s(action: Callable[[], None], repeats: int) -> float:
    action()
    durations = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        durations.append(time.process_time() - start)
    return float(np.median(durations))
