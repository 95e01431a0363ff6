"""Treatments simulated in replicates, with a stream of random numbers for each purpose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from theraflow.core.identity import derive_seed
from theraflow.search.problem import Values
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation
from theraflow.tnf.treatment.problem import Target, Treatments
from theraflow.work.pool import run_tasks_surely

SEARCH: Final = "search"
VERIFICATION: Final = "verification"
_ALIVE: Final = tables.CELL_TYPES.index(tables.ALIVE)


@dataclass(frozen=True)
class LivingCells:
    """Living cells of simulated treatments.

    ``initial`` and ``left`` (n, radii, replicates) at the start and at the horizon, NaN where a
    simulation failed; ``cpu_elsewhere_s`` is the CPU time of worker processes; ``reason`` that of
    the first failure.
    """

    initial: Values
    left: Values
    cpu_elsewhere_s: float = 0.0
    reason: str = ""

    @property
    def mean(self) -> Values:
        """Mean of what is left (n, radii), cells."""
        return np.asarray(self.left.mean(axis=2))

    @property
    def standard_error(self) -> Values:
        """Standard error of the mean (n, radii), cells; 0 where there is one replicate."""
        replicates = self.left.shape[2]
        if replicates == 1:
            return np.zeros(self.left.shape[:2])
        return np.asarray(self.left.std(axis=2, ddof=1) / np.sqrt(replicates))


def common_simulations(
    treatments: Treatments, target: Target, replicates: int, base_seed: int
) -> list[Simulation]:
    """Plan simulations of treatments with common random numbers, for searches.

    The seed follows from radius and replicate alone, so that treatments differ by what they do and
    not by the draws; searches never share one with data or verification.
    """
    return [
        Simulation(
            point,
            replicate,
            _common_seed(point.tumor_radius_um, replicate, base_seed),
            target.horizon_min,
        )
        for point in _points(treatments, target)
        for replicate in range(replicates)
    ]


def fresh_simulations(
    treatments: Treatments, target: Target, replicates: int, base_seed: int, stream: str
) -> list[Simulation]:
    """Plan simulations of treatments, each with a seed that no other stream has."""
    return [
        plan_simulation(point, replicate, base_seed, horizon_min=target.horizon_min, stream=stream)
        for point in _points(treatments, target)
        for replicate in range(replicates)
    ]


def simulate_living_cells(
    simulations: Sequence[Simulation], target: Target, replicates: int, engine: Engine, workers: int
) -> LivingCells:
    """Simulate what one of the planners above has planned."""
    counts = np.full((len(simulations), 2), np.nan)
    reason, cpu_elsewhere_s = "", 0.0
    for index, outcome in _outcomes(simulations, engine, workers):
        if isinstance(outcome, str):
            reason = reason or outcome
        else:
            counts[index], cpu_s = outcome
            cpu_elsewhere_s += cpu_s
    shape = (-1, len(target.tumor_radii_um), replicates)
    initial, left = (column.reshape(shape) for column in counts.T)
    return LivingCells(initial, left, cpu_elsewhere_s, reason)


def _outcomes(
    simulations: Sequence[Simulation], engine: Engine, workers: int
) -> Iterator[tuple[int, tuple[Values, float] | str]]:
    """Yield the place of each simulation, and its living cells and CPU time, or why it failed."""
    engine.warm_up()
    tasks = list(enumerate(simulations))

    def simulate(task: tuple[int, Simulation]) -> Values:
        alive: Values = engine.simulate(task[1])[[0, -1], _ALIVE].astype(float)
        return alive

    for outcome in run_tasks_surely(tasks, simulate, workers):
        index, _ = outcome.task
        if outcome.result is None:
            yield index, outcome.reason
        else:
            yield index, (outcome.result, outcome.cpu_s or 0.0)


def _points(treatments: Treatments, target: Target) -> list[ParameterPoint]:
    """List the points of treatments at all radii, one treatment after the other."""
    return [
        ParameterPoint(tumor_radius_um, round(period_min), round(duration_min), concentration)
        for period_min, duration_min, concentration in treatments.tolist()
        for tumor_radius_um in target.tumor_radii_um
    ]


def _common_seed(tumor_radius_um: int, replicate: int, base_seed: int) -> int:
    return derive_seed(
        {
            tables.TUMOR_RADIUS_UM: tumor_radius_um,
            tables.REPLICATE: replicate,
            "base_seed": base_seed,
            "stream": SEARCH,
        }
    )
