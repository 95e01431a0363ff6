"""Runs of two simulators at the points that they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.tnf import tables
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Runs at one point (radius, period, duration, concentration) of two simulators.

    ``first`` (n, hours + 1, 3) and ``second`` (m, hours + 1, 3): counts at every full hour.
    """

    point: tuple[float, ...]
    first: Counts
    second: Counts

    @property
    def key(self) -> dict[str, float]:
        """The point by the names of its columns."""
        return dict(zip(tables.POINT_COLUMNS, self.point, strict=True))

    @property
    def tumor_radius_um(self) -> int:
        """The tumour radius of the point, um."""
        return int(self.point[0])


def common_samples(first: pd.DataFrame, second: pd.DataFrame) -> Iterator[Sample]:
    """Yield the runs at every point that both tables hold, by radius and parameters."""
    radii = sorted({*first[tables.TUMOR_RADIUS_UM]} & {*second[tables.TUMOR_RADIUS_UM]})
    for radius in radii:
        of_first, of_second = (
            _by_point(trajectories_of_radius(frame, int(radius))) for frame in (first, second)
        )
        for point, counts in of_first.items():
            if point in of_second:
                yield Sample((int(radius), *point), counts, of_second[point])


def pairwise_errors_percent(runs: Counts) -> Counts:
    """Compute R^T at every full hour between all runs, averaged over both directions.

    Shape (n, hours + 1, 3) in, (n, n, hours) out.
    """
    n = len(runs)
    first, second = (list(part) for part in zip(*product(range(n), repeat=2), strict=True))
    errors = relative_error_percent(runs[first], runs[second])[:, 1:].reshape(n, n, -1)
    symmetric: Counts = (errors + errors.swapaxes(0, 1)) / 2
    return symmetric


def _by_point(runs: Trajectories) -> dict[tuple[float, ...], Counts]:
    return {
        tuple(runs.parameters[runs.points == number][0].tolist()): runs.counts[
            runs.points == number
        ]
        for number in np.unique(runs.points)
    }
