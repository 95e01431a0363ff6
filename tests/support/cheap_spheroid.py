"""A tumour that grows and dies in hourly steps: cheap, and about as noisy as the real one.

Cells divide at the model's rate; every pulse kills a share of them.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.tnf import tables
from theraflow.tnf.simulation import Simulation, output_times_min

BIRTH_RATE_PER_MIN = 0.00075
# Period (min), duration (min), concentration, and which share a pulse kills.
POINTS = ((1440, 44, 0.001, 0.0), (300, 102, 0.3, 0.2), (720, 44, 0.5, 0.35), (120, 34, 0.55, 0.3))


def simulate_counts(
    seed: int,
    runs: int,
    cells: int,
    period_min: int,
    kill: float,
    birth_rate_per_min: float = BIRTH_RATE_PER_MIN,
    horizon_min: int = 1440,
) -> NDArray[np.int64]:
    """Simulate alive, apoptotic and necrotic cells; shape (runs, hours + 1, 3)."""
    generator = np.random.default_rng(seed)
    alive, apoptotic, necrotic = np.full(runs, cells), np.zeros(runs, int), np.zeros(runs, int)
    counts = [(alive, apoptotic, necrotic)]
    for time_min in output_times_min(horizon_min)[:-1]:
        stays = np.exp(-60 * birth_rate_per_min)
        born = np.where(alive > 0, generator.negative_binomial(np.maximum(alive, 1), stays), 0)
        alive = alive + born
        killed = generator.binomial(alive, kill if time_min % period_min == 0 else 0.002)
        necrosis = generator.binomial(killed, 0.6)
        alive = alive - killed
        apoptotic = generator.binomial(apoptotic, 0.75) + killed - necrosis
        necrotic = generator.binomial(necrotic, 0.98) + necrosis
        counts.append((alive, apoptotic, necrotic))
    return np.array(counts).transpose(2, 0, 1)


def trajectories(
    seed: int,
    runs: int,
    *,
    cells: int = 37,
    radius_um: int = 50,
    birth_rate_per_min: float = BIRTH_RATE_PER_MIN,
    points: tuple[tuple[int, int, float, float], ...] = POINTS,
) -> pd.DataFrame:
    """Simulate a trajectory table with ``runs`` replicates of every point."""
    frames = []
    for number, (period, duration, concentration, kill) in enumerate(points):
        counts = simulate_counts(
            seed + 1000 * number, runs, cells, period, kill, birth_rate_per_min
        )
        for replicate in range(runs):
            key = dict(
                zip(tables.POINT_COLUMNS, (radius_um, period, duration, concentration), strict=True)
            )
            frames.append(
                pd.DataFrame(
                    key
                    | {tables.REPLICATE: replicate, tables.TIME_MIN: output_times_min(1440)}
                    | dict(zip(tables.CELL_TYPES, counts[replicate].T, strict=True))
                )
            )
    return pd.concat(frames, ignore_index=True)


class CheapEngine:
    """The tumour as an engine; how many cells it starts with goes by the area of the disc."""

    label = fingerprint = "cheap"

    def __init__(self, birth_rate_per_min: float = BIRTH_RATE_PER_MIN) -> None:
        self._birth_rate_per_min = birth_rate_per_min

    def warm_up(self) -> None:
        pass

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        point = simulation.point
        kill = 0.4 * point.tnf_concentration
        cells = cells_of_radius(point.tumor_radius_um)
        rate = self._birth_rate_per_min
        (counts,) = simulate_counts(
            simulation.seed,
            1,
            cells,
            point.pulse_period_min,
            kill,
            rate,
            simulation.horizon_min,
        )
        return counts


def cells_of_radius(radius_um: int) -> int:
    return round(37 * (radius_um / 50) ** 2)
