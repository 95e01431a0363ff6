"""An engine whose counts are arithmetic, with trouble on request, and a batch for it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.study import BatchesConfig
from theraflow.tnf.campaign.batch_simulation import simulate_batch
from theraflow.tnf.campaign.batches import Batch
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job


@dataclass(frozen=True)
class ArithmeticEngine:
    """Counts drawn from the seed alone; trouble on request; notes every simulation it runs."""

    notes: Path
    raises: frozenset[int] = frozenset()
    misshapes: frozenset[int] = frozenset()
    dies: frozenset[int] = frozenset()
    dies_once: frozenset[int] = frozenset()
    hangs: frozenset[int] = frozenset()
    pause_s: float = 0.0
    fingerprint: str = "arithmetic"
    label: str = "arithmetic 1.0"

    def warm_up(self) -> None:
        """Do nothing."""

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        number = simulation.point.pulse_period_min
        is_first = number not in self.simulated()
        with self.notes.open("a") as notes:
            notes.write(f"{number}\n")
        time.sleep(self.pause_s)
        if number in self.raises:
            raise ArithmeticError(f"no solution for {number}")
        if number in self.hangs:
            time.sleep(600)
        if number in self.dies or (is_first and number in self.dies_once):
            os.kill(os.getpid(), signal.SIGKILL)
        hours = simulation.horizon_min // 60
        shape = (hours if number in self.misshapes else hours + 1, 3)
        return np.random.default_rng(simulation.seed).integers(0, 500, shape)

    def simulated(self) -> list[int]:
        return sorted(map(int, self.notes.read_text().split())) if self.notes.exists() else []


def make_batch(name: str, periods: range, horizon_min: int = 1440) -> Batch:
    points = [ParameterPoint(50, period, 5, 0.5) for period in periods]
    simulations = [plan_simulation(point, 0, 1, horizon_min=horizon_min) for point in points]
    return Batch(50, name, tuple(simulations))


BATCH = make_batch("a" * 16, range(10, 30))


def run(batch, engine, folder, workers=2, limit=None, siblings=(), **settings) -> Path:
    file = folder / f"{batch.batch_id}.parquet"
    policy = BatchesConfig(**settings)
    budget = FailureBudget(folder / "failures", limit, "the_limit")
    simulate_batch(
        batch, engine, file, Job.here(), policy, budget, workers=workers, siblings=siblings
    )
    return file
