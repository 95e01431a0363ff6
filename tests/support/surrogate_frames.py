"""Trajectory tables of a toy spheroid, quick to make and learnable, for tests of surrogates."""

import numpy as np
import pandas as pd

from theraflow.config.tnf.surrogates import SplitConfig
from theraflow.tnf import tables
from theraflow.tnf.surrogate.training.split import Split, split_by_point
from theraflow.tnf.trajectories.arrays import Trajectories

N_TIMES = 25


def pulse_is_on(time_min: int, period_min: int, duration_min: int) -> bool:
    return time_min % period_min < duration_min


def toy_frame(
    radii: tuple[int, ...] = (50,), points: int = 40, replicates: int = 1, seed: int = 0
) -> pd.DataFrame:
    """Cells grow, and die by half for every 300 minutes of full-strength TNF; with 3 % of noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for radius in radii:
        for _ in range(points):
            period = int(rng.integers(40, 800))
            duration = int(rng.integers(5, min(period, 200)))
            concentration = float(rng.uniform(0.2, 1))
            on = np.array([pulse_is_on(minute, period, duration) for minute in range(1440)])
            dose = np.concatenate([[0], np.cumsum(on)[59::60]]) * concentration
            hours = np.arange(N_TIMES)
            alive = radius * 2.0 ** (-dose / 300 + hours / 24)
            dead = radius * 2.0 ** (hours / 24) - alive
            for replicate in range(replicates):
                noise = rng.normal(1, 0.03, (N_TIMES, 3))
                noise[0] = 1
                counts = np.stack([alive, 0.7 * dead, 0.3 * dead], axis=1) * noise
                rows.append(
                    pd.DataFrame(
                        {
                            tables.TUMOR_RADIUS_UM: radius,
                            tables.PULSE_PERIOD_MIN: period,
                            tables.PULSE_DURATION_MIN: duration,
                            tables.TNF_CONCENTRATION: concentration,
                            tables.REPLICATE: replicate,
                            tables.TIME_MIN: 60 * hours,
                            **dict(
                                zip(tables.CELL_TYPES, counts.round().astype(int).T, strict=True)
                            ),
                        }
                    )
                )
    return pd.concat(rows, ignore_index=True)


def split_of(trajectories: Trajectories, config: SplitConfig, seed: int) -> Split:
    """Divide trajectories as a training on them does."""
    return split_by_point(trajectories.parameters, trajectories.tumor_radius_um, config, seed)
