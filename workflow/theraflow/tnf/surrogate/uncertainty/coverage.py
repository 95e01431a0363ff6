"""How often intervals hold what they promise, on simulations that nothing was fitted to."""

import numpy as np
import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.simulation import full_hours_min
from theraflow.tnf.surrogate.parts import of_points, simulations_of_part
from theraflow.tnf.surrogate.split_file import SimulationSplit
from theraflow.tnf.surrogate.uncertainty.distribution import Counts
from theraflow.tnf.surrogate.uncertainty.ensemble import CalibratedSurrogate
from theraflow.tnf.surrogate.uncertainty.intervals import Intervals
from theraflow.tnf.surrogate.uncertainty.replicates import MeansOfReplicates
from theraflow.tnf.trajectories.arrays import SimulationData, Trajectories, trajectories


def check_coverage(
    surrogate: CalibratedSurrogate,
    split: SimulationSplit,
    data: SimulationData,
    replicates: SimulationData,
) -> pd.DataFrame:
    """Check all intervals on the test simulations of the study's radii.

    Returns a table in ``COVERAGE_SCHEMA``.
    ``data`` are the trajectories of the training, ``split`` its division, and ``replicates``
    a table of simulations that repeat points of it: those of test points check the mean. Raises
    ``UserError`` as ``simulations_of_part`` does.
    """
    test = simulations_of_part(surrogate.card, split, data, "test")
    # Radii that a design draws have too few simulations each to tell a share.
    is_repeated = np.isin(test.tumor_radii_um, surrogate.card.tumor_radii_um)
    test = test.subset(np.flatnonzero(is_repeated))
    repeated = of_points(trajectories(replicates), test)
    checks = [coverage_of_simulations(surrogate, test), coverage_of_means(surrogate, repeated)]
    coverage = pd.concat([check for check in checks if not check.empty], ignore_index=True)
    validation = simulations_of_part(surrogate.card, split, data, "validation")
    radii, calibrating = np.unique(validation.tumor_radii_um, return_counts=True)
    of_radius = dict(zip(radii.tolist(), calibrating.tolist(), strict=True))
    numbers = [of_radius.get(radius, 0) for radius in coverage[tables.TUMOR_RADIUS_UM]]
    coverage[tables.CALIBRATING] = numbers
    ordered: pd.DataFrame = coverage[tables.COVERAGE_SCHEMA.names]
    return ordered


def coverage_of_simulations(surrogate: CalibratedSurrogate, test: Trajectories) -> pd.DataFrame:
    """Check intervals of one simulation; rows of ``COVERAGE_SCHEMA`` for every radius."""
    checks = []
    for level in surrogate.calibration.levels:
        intervals = surrogate.predict_with_intervals(
            test.tumor_radii_um, test.parameters, level, extrapolate=True
        )
        checks.append(_of_every_radius(test, intervals, test.counts, tables.ONE_SIMULATION, level))
    return pd.concat(checks, ignore_index=True)


def coverage_of_means(surrogate: CalibratedSurrogate, repeated: Trajectories) -> pd.DataFrame:
    """Check intervals of the mean against means of replicates; rows of ``COVERAGE_SCHEMA``.

    The mean of replicates is itself known only to within their standard error, which widens the
    intervals. Points with one simulation are left out; without others there are no rows.
    """
    replicates = MeansOfReplicates.of(repeated.counts, repeated.points)
    if not len(replicates.first):
        return pd.DataFrame(columns=tables.COVERAGE_SCHEMA.names)
    points = repeated.subset(replicates.first)
    predicted = surrogate.ensemble.predict(
        points.tumor_radii_um, points.parameters, extrapolate=True
    )
    checks = []
    for level in surrogate.calibration.levels:
        intervals = surrogate.calibration.mean_intervals(predicted, level, replicates)
        checks.append(
            _of_every_radius(points, intervals, replicates.mean, tables.MEAN_OF_SIMULATIONS, level)
        )
    return pd.concat(checks, ignore_index=True)


def _of_every_radius(
    simulations: Trajectories, intervals: Intervals, counts: Counts, of: str, level: float
) -> pd.DataFrame:
    is_within = (intervals.lower <= counts) & (counts <= intervals.upper)
    widths = intervals.upper - intervals.lower
    hours, cell_types = counts.shape[1] - 1, len(tables.CELL_TYPES)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    tables.TUMOR_RADIUS_UM: radius,
                    tables.INTERVAL_OF: of,
                    tables.LEVEL: 100 * level,
                    tables.TIME_MIN: np.repeat(full_hours_min(hours), cell_types),
                    tables.CELL_TYPE: np.tile(tables.CELL_TYPES, hours),
                    tables.CHECKED: int(chosen.sum()),
                    tables.COVERAGE: 100 * is_within[chosen, 1:].mean(axis=0).reshape(-1),
                    tables.INTERVAL_WIDTH: widths[chosen, 1:].mean(axis=0).reshape(-1),
                }
            )
            for radius in np.unique(simulations.tumor_radii_um)
            for chosen in [simulations.tumor_radii_um == radius]
        ],
        ignore_index=True,
    )
