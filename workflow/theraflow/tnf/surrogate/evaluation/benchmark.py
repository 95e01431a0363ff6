"""Accuracy and cost of an architecture on a data set, averaged over random splits."""

import logging
import math
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.evaluation.timing import time_inference
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.tables import (
    INFERENCE_BATCH_CPU_S,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    TRAINING_CPU_S,
    TRAINING_DEVICE,
    TRAINING_GPU_S,
)
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.metrics import mean_over_horizon

SPLIT_SEED: Final = "split_seed"
TRAINING_WALL_S: Final = "training_wall_s"
PAPER_ERROR_TOTALS_PERCENT: Final = 7.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Benchmark:
    """A row per training, and the wall time of training one surrogate of every radius.

    Columns of ``runs``: ``tumor_radius_um, split_seed, relative_error_percent,
    relative_error_totals_percent`` (test simulations, mean over t = 60 .. 1440 min),
    ``training_device, training_cpu_s, training_gpu_s, training_wall_s, inference_batch_cpu_s`` (per
    simulation). CPU seconds of a training on a GPU are those of the CPU alone.
    """

    architecture: str
    workers: int
    runs: pd.DataFrame
    set_wall_s: float

    def markdown(self) -> str:
        """Lay the means over splits out as a table, with the standard deviation of several."""
        by_radius = self.runs.groupby(tables.TUMOR_RADIUS_UM)
        mean, deviation = by_radius.mean(numeric_only=True), by_radius.std(numeric_only=True)
        device = ", ".join(sorted(self.runs[TRAINING_DEVICE].unique()))
        lines = [
            "| architecture | radius (µm) | R^T, eq. 3 (%) | R^T, totals (%) | trained on "
            "| training, CPU (s) | training, wall (s) | inference, CPU (ms per simulation) |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for radius in mean.index:
            relative, totals = (
                _mean_and_deviation(mean.loc[radius, name], deviation.loc[radius, name])
                for name in (RELATIVE_ERROR, RELATIVE_ERROR_TOTALS)
            )
            lines.append(
                f"| {self.architecture} | {radius} | {relative} | {totals} "
                f"| {device} | {mean.loc[radius, TRAINING_CPU_S]:.0f} "
                f"| {mean.loc[radius, TRAINING_WALL_S]:.0f} "
                f"| {1000 * mean.loc[radius, INFERENCE_BATCH_CPU_S]:.4f} |"
            )
        lines += [
            f"| {self.architecture} | mean, all | {mean[RELATIVE_ERROR].mean():.2f} "
            f"| {mean[RELATIVE_ERROR_TOTALS].mean():.2f} | {device} "
            f"| {mean[TRAINING_CPU_S].sum():.0f} in all "
            f"| {self.set_wall_s:.0f} in all, {self.workers} at a time | |",
            f"| as published in the paper | mean | | {PAPER_ERROR_TOTALS_PERCENT} | | | | |",
        ]
        if self.architecture != "paper":
            lines.append(
                "| paper, 3,000 epochs on a GPU | all | not measured | not measured | | | | |"
            )
        return "\n".join(lines) + "\n"


def _mean_and_deviation(mean: float, deviation: float) -> str:
    return f"{mean:.2f}" if math.isnan(deviation) else f"{mean:.2f} ± {deviation:.2f}"


@dataclass(frozen=True)
class _Job:
    frame: pd.DataFrame
    tumor_radius_um: int
    config: SurrogatesConfig
    seed: int
    directory: Path


def benchmark_surrogates(
    frame: pd.DataFrame,
    config: SurrogatesConfig,
    timing: TimingConfig,
    *,
    splits: int,
    workers: int,
    output_dir: Path,
) -> Benchmark:
    """Train a surrogate of every radius for each of ``splits`` random splits, and test them.

    Split k has seed ``config.base_seed + k``. Trainings run in ``workers`` processes; inference is
    timed afterwards, alone. Raises ``UserError`` for data that cannot be used, before any training.
    """
    radii = sorted(int(radius) for radius in frame[tables.TUMOR_RADIUS_UM].unique())
    parameters = {radius: trajectories_of_radius(frame, radius).parameters for radius in radii}
    jobs = [
        _Job(
            frame=frame[frame[tables.TUMOR_RADIUS_UM] == radius],
            tumor_radius_um=radius,
            config=config,
            seed=config.base_seed + split,
            directory=output_dir / f"split_{split}" / f"radius_{radius}um",
        )
        for split in range(splits)
        for radius in radii
    ]
    start = time.perf_counter()
    # Spawned, not forked: torch's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        rows = []
        for row in pool.map(_train_and_test, jobs):
            rows.append(row)
            _log.info(
                "%d of %d: radius %d um, split %d, relative error %.2f %%",
                len(rows),
                len(jobs),
                row[tables.TUMOR_RADIUS_UM],
                row[SPLIT_SEED],
                row[RELATIVE_ERROR],
            )
    wall_s = time.perf_counter() - start
    for job, row in zip(jobs, rows, strict=True):
        surrogate = load_surrogate(job.directory)
        _, batch_s = time_inference(surrogate, parameters[job.tumor_radius_um], timing)
        row[INFERENCE_BATCH_CPU_S] = batch_s
    return Benchmark(config.architecture, workers, pd.DataFrame(rows), wall_s / splits)


def _train_and_test(job: _Job) -> dict[str, Any]:
    surrogate = train_surrogate(
        job.frame, job.tumor_radius_um, job.config, job.seed, job.directory, show_progress=False
    )
    evaluation = evaluate_surrogate(surrogate, read_split(job.directory), job.frame)
    errors = mean_over_horizon(evaluation.errors).iloc[0]
    return {
        tables.TUMOR_RADIUS_UM: job.tumor_radius_um,
        SPLIT_SEED: job.seed,
        RELATIVE_ERROR: float(errors[RELATIVE_ERROR]),
        RELATIVE_ERROR_TOTALS: float(errors[RELATIVE_ERROR_TOTALS]),
        TRAINING_DEVICE: surrogate.card.training.device,
        TRAINING_CPU_S: surrogate.card.training.cpu_s,
        TRAINING_GPU_S: surrogate.card.training.gpu_s,
        TRAINING_WALL_S: surrogate.card.training.wall_s,
    }
