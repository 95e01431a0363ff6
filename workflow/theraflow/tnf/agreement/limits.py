"""An engine against reference data of another simulator: means and errors, never trajectories.

Simulations are stochastic and their generators differ, so that single trajectories cannot agree.
Points with several reference runs are compared by their means. Where all points of a radius have
one run, each is paired with one run of the engine, and the differences are averaged over points.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.simulate import simulate_all
from theraflow.tnf.simulation import OUTPUT_TIMES_MIN, ParameterPoint, plan_simulation
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent

Counts = NDArray[np.float64]

COMPARED_HOURS: Final = (2, 4, 8, 12, 16, 20, 24)
FIRST_PAIRED_HOUR: Final = 2
RMS_Z_RANGE: Final = (0.7, 1.35)
LARGEST_Z: Final = 4.0

RUNS_PER_PAIR: Final = 4

# Per radius in um: enough repetitions for the noise of the means to be small against real biases,
# and the biases that matter, in cells and in points of R^T.
REPLICATES: Final = {50: 60, 100: 40, 275: 20, 400: 16}
LARGEST_PAIRED_Z: Final = {50: 3.2, 100: 3.5, 275: 3.2, 400: 3.2}
PAIRED_POINTS: Final = {50: 150, 100: 150, 275: 100, 400: 100}
ALIVE_BIAS_CELLS: Final = {50: 2.0, 100: 4.0, 275: 12.0, 400: 25.0}
R_DIFFERENCE_PERCENT: Final = {50: 2.0, 100: 1.2, 275: 0.6, 400: 0.6}
_DEFAULT_REPLICATES = 20
_DEFAULT_PAIRED_POINTS = 100
_DEFAULT_PAIRED_Z = 3.2


@dataclass(frozen=True)
class Check:
    """One number of the comparison and the range that it should lie in."""

    tumor_radius_um: int
    quantity: str
    value: float
    lowest: float
    highest: float

    @property
    def agrees(self) -> bool:
        """Whether the number lies in its range."""
        return self.lowest <= self.value <= self.highest


def validate(reference: pd.DataFrame, engine: Engine, base_seed: int, workers: int) -> list[Check]:
    """Hold an engine against reference trajectories, radius by radius.

    A radius where any point has several reference runs is compared by means, over those points
    alone; otherwise by pairs. Raises ``UserError`` for incomplete reference data, for a radius with
    a single run, and when a simulation fails.
    """
    checks: list[Check] = []
    for radius in sorted(reference[tables.TUMOR_RADIUS_UM].unique().tolist()):
        runs = trajectories_of_radius(reference, radius)
        if _replicated_points(runs).size:
            checks += compare_means(runs, engine, base_seed, workers)
        else:
            checks += compare_pairs(runs, engine, base_seed, workers)
    return checks


def compare_means(
    reference: Trajectories, engine: Engine, base_seed: int, workers: int
) -> list[Check]:
    """Compare mean counts over replicates at the points that have two reference runs or more.

    ``z`` is the difference of two means over its standard error, from the variance pooled over
    both simulators; root-mean-square and largest value over points, hours and cell types.
    """
    radius = reference.tumor_radius_um
    replicates = REPLICATES.get(radius, _DEFAULT_REPLICATES)
    replicated = _replicated_points(reference)
    all_points = _points(reference)
    points = [all_points[number] for number in replicated]
    simulated = _simulate(points, replicates, engine, base_seed, workers)
    z = np.array(
        [
            mean_difference_z(
                of_point[:, COMPARED_HOURS],
                reference.counts[reference.points == number][:, COMPARED_HOURS],
            )
            for number, of_point in zip(replicated, simulated, strict=True)
        ]
    )
    return [
        Check(radius, "RMS of z of means", float(np.sqrt(np.mean(z**2))), *RMS_Z_RANGE),
        Check(radius, "largest |z| of means", float(np.max(np.abs(z))), 0.0, LARGEST_Z),
    ]


def compare_pairs(
    reference: Trajectories, engine: Engine, base_seed: int, workers: int
) -> list[Check]:
    """Compare single reference runs at random points with a few runs of the engine at each.

    The mean differences, and R^T between simulators beside that between the engine's runs: it is
    eq. 3 of Abrate et al. (2024), averaged over points and t = 60, ..., 1440 min. Raises
    ``UserError`` for a single point, whose differences have no scatter to compare with.
    """
    radius = reference.tumor_radius_um
    if len(reference) < 2:
        raise UserError(
            f"tumor_radius_um={radius}: one reference run cannot be compared; give at least 2 "
            "points, or 2 replicates of the point"
        )
    number = min(PAIRED_POINTS.get(radius, _DEFAULT_PAIRED_POINTS), len(reference))
    generator = np.random.default_rng(derive_seed({"radius": radius, "base_seed": base_seed}))
    chosen = reference.subset(np.sort(generator.choice(len(reference), number, replace=False)))
    simulated = _simulate(_points(chosen), RUNS_PER_PAIR, engine, base_seed, workers)
    bias = simulated.mean(axis=1) - chosen.counts
    z = paired_z(bias[:, FIRST_PAIRED_HOUR:])
    alive_bias = float(np.mean(bias[:, -1, 0]))
    runs = simulated.swapaxes(0, 1)
    r_reference = np.mean([_mean_error_percent(chosen.counts, run) for run in runs]).item()
    r_engine = np.mean([_mean_error_percent(*pair) for pair in permutations(runs, 2)]).item()
    largest_z = LARGEST_PAIRED_Z.get(radius, _DEFAULT_PAIRED_Z)
    alive_limit = ALIVE_BIAS_CELLS.get(radius, np.inf)
    r_limit = R_DIFFERENCE_PERCENT.get(radius, np.inf)
    return [
        Check(radius, "largest |z| of mean bias", float(np.abs(z).max()), 0.0, largest_z),
        Check(radius, "bias of alive at 24 h, cells", alive_bias, -alive_limit, alive_limit),
        Check(
            radius,
            "R^T to reference minus R^T between replicates, points",
            r_reference - r_engine,
            -r_limit,
            r_limit,
        ),
        Check(radius, "R^T to reference, %", r_reference, 0.0, np.inf),
    ]


def _mean_error_percent(counts: Counts, others: Counts) -> float:
    return float(np.mean(relative_error_percent(counts, others)[:, 1:]))


def mean_difference_z(first: Counts, second: Counts) -> Counts:
    """Standardise the difference of two means; arguments (replicates, ...), result (...).

    Where neither sample varies, equal means give 0 and different ones infinity.
    """
    n, m = len(first), len(second)
    squares = (n - 1) * first.var(axis=0, ddof=1) + (m - 1) * second.var(axis=0, ddof=1)
    variance = squares / (n + m - 2)
    return _standardised(first.mean(axis=0) - second.mean(axis=0), variance * (1 / n + 1 / m))


def paired_z(differences: Counts) -> Counts:
    """Standardise mean differences; arguments (points, ...), result (...)."""
    variance = differences.var(axis=0, ddof=1) / len(differences)
    return _standardised(differences.mean(axis=0), variance)


def _standardised(difference: Counts, variance: Counts) -> Counts:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0, 0.0, difference / np.sqrt(variance))


def _replicated_points(runs: Trajectories) -> NDArray[np.int64]:
    return np.flatnonzero(np.bincount(runs.points) >= 2)


def _points(runs: Trajectories) -> list[ParameterPoint]:
    return [
        ParameterPoint(runs.tumor_radius_um, int(period), int(duration), float(concentration))
        for period, duration, concentration in np.unique(runs.parameters, axis=0)
    ]


def _simulate(
    points: list[ParameterPoint], replicates: int, engine: Engine, base_seed: int, workers: int
) -> Counts:
    """Simulate all repetitions of all points; shape (points, replicates, 25, 3)."""
    simulations = [
        plan_simulation(point, replicate, base_seed)
        for point in points
        for replicate in range(replicates)
    ]
    counts = np.array(simulate_all(simulations, engine, workers), dtype=np.float64)
    return counts.reshape(len(points), replicates, len(OUTPUT_TIMES_MIN), len(tables.CELL_TYPES))
