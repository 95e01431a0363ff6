"""An engine against reference data of another simulator: means and errors, never trajectories.

Simulations are stochastic and their generators differ, so that single trajectories cannot agree.
Points with several reference runs are compared by their means; points with one run are paired with
one run of the engine each, and the differences are averaged over the points.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.campaign import tables
from theraflow.campaign.identity import derive_seed
from theraflow.tnf.engines import OUTPUT_TIMES_MIN, Engine, simulate_all
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.surrogate.data import Trajectories, trajectories_of_radius
from theraflow.tnf.surrogate.metrics import relative_error_percent

Counts = NDArray[np.float64]

COMPARED_HOURS: Final = (2, 4, 8, 12, 16, 20, 24)
FIRST_PAIRED_HOUR: Final = 2
RMS_Z_RANGE: Final = (0.7, 1.35)
LARGEST_Z: Final = 4.0

# Per radius in um: enough repetitions for the noise of the means to be small against real biases,
# and the biases that matter, in cells and in points of R^T.
REPLICATES: Final = {50: 60, 100: 40, 275: 20, 400: 16}
LARGEST_PAIRED_Z: Final = {50: 3.2, 100: 3.5, 275: 3.2, 400: 3.2}
PAIRED_POINTS: Final = {50: 150, 100: 150, 275: 100, 400: 36}
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

    Each radius is compared by means when its points have several replicates, by pairs otherwise.
    Raises ``UserError`` for incomplete reference data and when a simulation fails.
    """
    checks: list[Check] = []
    for radius in sorted(reference[tables.TUMOR_RADIUS_UM].unique().tolist()):
        runs = trajectories_of_radius(reference, radius)
        points = len(np.unique(runs.points))
        if points < len(runs):
            checks += compare_means(runs, engine, base_seed, workers)
        else:
            checks += compare_pairs(runs, engine, base_seed, workers)
    return checks


def compare_means(
    reference: Trajectories, engine: Engine, base_seed: int, workers: int
) -> list[Check]:
    """Compare mean counts over replicates, point by point.

    ``z`` is the difference of two means over its standard error, from the variance pooled over
    both simulators; root-mean-square and largest value over points, hours and cell types.
    """
    radius = reference.tumor_radius_um
    replicates = REPLICATES.get(radius, _DEFAULT_REPLICATES)
    points = _points(reference)
    simulated = _simulate(points, replicates, engine, base_seed, workers)
    z = np.array(
        [
            mean_difference_z(
                simulated[point][:, COMPARED_HOURS],
                reference.counts[reference.points == point][:, COMPARED_HOURS],
            )
            for point in range(len(points))
        ]
    )
    return [
        Check(radius, "RMS of z of means", float(np.sqrt(np.nanmean(z**2))), *RMS_Z_RANGE),
        Check(radius, "largest |z| of means", float(np.nanmax(np.abs(z))), 0.0, LARGEST_Z),
    ]


def compare_pairs(
    reference: Trajectories, engine: Engine, base_seed: int, workers: int
) -> list[Check]:
    """Compare single runs at random points: mean differences, and R^T beside the engine's own.

    R^T is eq. 3 of Abrate et al. (2024), averaged over points and t = 60, ..., 1440 min.
    """
    radius = reference.tumor_radius_um
    number = min(PAIRED_POINTS.get(radius, _DEFAULT_PAIRED_POINTS), len(reference))
    generator = np.random.default_rng(derive_seed({"radius": radius, "base_seed": base_seed}))
    chosen = reference.subset(np.sort(generator.choice(len(reference), number, replace=False)))
    simulated = _simulate(_points(chosen), 2, engine, base_seed, workers)
    first, second = simulated[:, 0], simulated[:, 1]
    z = paired_z((chosen.counts - first)[:, FIRST_PAIRED_HOUR:])
    alive_bias = float(np.mean(first[:, -1, 0] - chosen.counts[:, -1, 0]))
    r_reference = float(np.mean(relative_error_percent(chosen.counts, first)[:, 1:]))
    r_engine = float(np.mean(relative_error_percent(second, first)[:, 1:]))
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
