"""An engine that is run at the points of reference trajectories, and compared with them."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison, compare
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.simulate import simulate_table
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius

_RUNS_PER_SINGLE_RUN: Final = 4


def compare_with_reference(
    reference: tuple[str, pd.DataFrame],
    engine: Engine,
    margins: MarginsConfig,
    *,
    replicates: int,
    points: int,
    base_seed: int,
    workers: int,
) -> Comparison:
    """Run an engine at the points of a reference, a name and a trajectory table, and compare.

    At radii where the reference repeats points, the engine runs ``replicates`` times at each of
    them. At others it runs at ``points`` of them, drawn at random. Simulations end when those of
    the reference do. Raises ``UserError`` for
    incomplete reference data, for a radius with a single run, and when a simulation fails.
    """
    name, frame = reference
    simulations = [
        plan_simulation(point, replicate, base_seed, horizon_min=of_radius.horizon_min)
        for radius in sorted(frame[tables.TUMOR_RADIUS_UM].unique().tolist())
        for of_radius in [trajectories_of_radius(frame, radius)]
        for point, runs in _runs_of_points(of_radius, replicates, points, base_seed)
        for replicate in range(runs)
    ]
    simulated = simulate_table(simulations, engine, workers)
    return compare(frame, simulated, (name, engine.label), margins)


def _runs_of_points(
    reference: Trajectories, replicates: int, number: int, base_seed: int
) -> Iterator[tuple[ParameterPoint, int]]:
    """Yield at which points of one radius the engine runs, and how often."""
    radius = reference.tumor_radius_um
    points = [
        ParameterPoint(radius, int(period), int(duration), float(concentration))
        for period, duration, concentration in np.unique(reference.parameters, axis=0)
    ]
    repeated = np.flatnonzero(np.bincount(reference.points) > 1)
    if repeated.size:
        yield from ((points[index], replicates) for index in repeated)
        return
    if len(points) < 2:
        raise UserError(
            f"tumor_radius_um={radius}: one reference run cannot be compared; give at least 2 "
            "points, or 2 replicates of the point, or compare other radii (--radius)"
        )
    generator = np.random.default_rng(derive_seed({"radius": radius, "base_seed": base_seed}))
    chosen = np.sort(generator.choice(len(points), min(number, len(points)), replace=False))
    yield from ((points[index], _RUNS_PER_SINGLE_RUN) for index in chosen)
