"""Accuracy and cost of an architecture on a data set, averaged over random splits."""

import logging
import multiprocessing
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_on, evaluate_surrogate
from theraflow.tnf.surrogate.evaluation.benchmark_table import (
    SPLIT_SEED,
    TRAINING_WALL_S,
    Benchmark,
)
from theraflow.tnf.surrogate.evaluation.timing import time_inference
from theraflow.tnf.surrogate.prediction import Surrogate, load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.general import split_every_radius
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate, train_surrogate
from theraflow.tnf.tables import (
    INFERENCE_BATCH_CPU_S,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    TRAINING_CPU_S,
    TRAINING_DEVICE,
    TRAINING_GPU_S,
)
from theraflow.tnf.trajectories.arrays import trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import mean_over_horizon

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _RadiusJob:
    frame: pd.DataFrame
    tumor_radius_um: int
    config: SurrogatesConfig
    seed: int
    directory: Path


@dataclass(frozen=True)
class _GeneralJob:
    frame: pd.DataFrame
    left_out_um: Collection[int]
    config: SurrogatesConfig
    seed: int
    directory: Path


_Job = TypeVar("_Job", _RadiusJob, _GeneralJob)


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
    simulations = {radius: trajectories_of_radius(frame, radius) for radius in _radii(frame)}
    jobs = [
        _RadiusJob(
            frame=frame[frame[tables.TUMOR_RADIUS_UM] == radius],
            tumor_radius_um=radius,
            config=config,
            seed=config.base_seed + split,
            directory=output_dir / f"split_{split}" / f"radius_{radius}um",
        )
        for split in range(splits)
        for radius in simulations
    ]
    start = time.perf_counter()
    runs = _run(_train_and_test, jobs, workers)
    wall_s = time.perf_counter() - start
    for job, rows in zip(jobs, runs, strict=True):
        surrogate = load_surrogate(job.directory)
        _, batch_s = time_inference(surrogate, simulations[job.tumor_radius_um], timing)
        for row in rows:
            row[INFERENCE_BATCH_CPU_S] = batch_s
    return Benchmark(config.architecture, workers, _table(runs), wall_s / splits)


def benchmark_general_surrogate(
    frame: pd.DataFrame,
    config: SurrogatesConfig,
    timing: TimingConfig,
    *,
    splits: int,
    workers: int,
    output_dir: Path,
    left_out_um: Collection[int] = (),
) -> Benchmark:
    """Train a general surrogate for each of ``splits`` random splits, and test it at every radius.

    The splits, and so the test simulations, are those of ``benchmark_surrogates``. The radii
    ``left_out_um`` are tested, but not trained on. Raises ``UserError`` for data that cannot be
    used, and for radii to leave out that they do not have or that leave none.
    """
    simulations = trajectories(frame)
    radii = _radii(frame)
    if unknown := sorted(set(left_out_um) - set(radii)):
        raise UserError(f"--leave-out {unknown[0]}: the data set has {_listed(radii)}")
    if set(left_out_um) == set(radii):
        raise UserError("--leave-out: no radius is left to train on")
    jobs = [
        _GeneralJob(
            frame=frame,
            left_out_um=left_out_um,
            config=config,
            seed=config.base_seed + split,
            directory=output_dir / f"split_{split}" / "general",
        )
        for split in range(splits)
    ]
    start = time.perf_counter()
    runs = _run(_train_and_test_general, jobs, workers)
    wall_s = time.perf_counter() - start
    for job, rows in zip(jobs, runs, strict=True):
        _, batch_s = time_inference(load_surrogate(job.directory), simulations, timing)
        for row in rows:
            row[INFERENCE_BATCH_CPU_S] = batch_s
    name = "general"
    if left_out_um:
        name = f"general, trained without {_listed(sorted(left_out_um))}"
    return Benchmark(name, workers, _table(runs), wall_s / splits, one_network=True)


def _radii(frame: pd.DataFrame) -> list[int]:
    return sorted(int(radius) for radius in frame[tables.TUMOR_RADIUS_UM].unique())


def _listed(radii: Sequence[int]) -> str:
    return ", ".join(map(str, radii))


def _run(
    train_and_test: Callable[[_Job], list[dict[str, Any]]], jobs: Sequence[_Job], workers: int
) -> list[list[dict[str, Any]]]:
    # Spawned, not forked: torch's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        runs = []
        for rows in pool.map(train_and_test, jobs):
            runs.append(rows)
            for row in rows:
                _log.info(
                    "%d of %d: radius %d um, split %d, relative error %.2f %%",
                    len(runs),
                    len(jobs),
                    row[tables.TUMOR_RADIUS_UM],
                    row[SPLIT_SEED],
                    row[RELATIVE_ERROR],
                )
    return runs


def _table(runs: list[list[dict[str, Any]]]) -> pd.DataFrame:
    return pd.DataFrame([row for rows in runs for row in rows])


def _train_and_test(job: _RadiusJob) -> list[dict[str, Any]]:
    surrogate = train_surrogate(
        job.frame, job.tumor_radius_um, job.config, job.seed, job.directory, show_progress=False
    )
    evaluation = evaluate_surrogate(surrogate, read_split(job.directory), job.frame)
    return _rows(surrogate, evaluation.errors)


def _train_and_test_general(job: _GeneralJob) -> list[dict[str, Any]]:
    radii = _radii(job.frame)
    trained_on = [radius for radius in radii if radius not in job.left_out_um]
    surrogate = train_general_surrogate(
        job.frame[job.frame[tables.TUMOR_RADIUS_UM].isin(trained_on)],
        trained_on,
        job.config,
        job.seed,
        job.directory,
        show_progress=False,
    )
    simulations = trajectories(job.frame)
    test = split_every_radius(simulations, radii, job.config.split, job.seed).test
    return _rows(surrogate, evaluate_on(surrogate, simulations.subset(test), radii).errors)


def _rows(surrogate: Surrogate, errors: pd.DataFrame) -> list[dict[str, Any]]:
    training = surrogate.card.training
    rows: list[dict[str, Any]] = [
        {
            tables.TUMOR_RADIUS_UM: int(row[tables.TUMOR_RADIUS_UM]),
            SPLIT_SEED: training.seed,
            RELATIVE_ERROR: float(row[RELATIVE_ERROR]),
            RELATIVE_ERROR_TOTALS: float(row[RELATIVE_ERROR_TOTALS]),
            TRAINING_DEVICE: training.device,
            TRAINING_CPU_S: training.cpu_s,
            TRAINING_GPU_S: training.gpu_s,
            TRAINING_WALL_S: training.wall_s,
        }
        for row in mean_over_horizon(errors).to_dict("records")
    ]
    return rows
