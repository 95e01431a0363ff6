"""Which simulations the comparison of two engines takes, in batches."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from theraflow.config.tnf.engines import AnyEngineConfig
from theraflow.config.tnf.study import TnfConfig
from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.core.identity import content_hash, derive_seed
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import Batch
from theraflow.tnf.campaign.cost import expected_cpu_s, simulations_per_batch
from theraflow.tnf.campaign.design import treatments_by_block
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.simulation import (
    OUTPUT_INTERVAL_MIN,
    ParameterPoint,
    plan_simulation,
    simulation_id,
)
from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS
from theraflow.tnf.trajectories.reading import read_trajectories

# Beyond every replicate of the data set and of the noise floor: no seed is shared with them.
VALIDATION_FIRST_REPLICATE: Final = 200_000


def validation_engines(tnf: TnfConfig) -> list[AnyEngineConfig]:
    """Return the engine of the study, and the second one where there is one.

    Raises ``UserError`` where the config names neither a second engine nor a reference, or both.
    """
    validation = tnf.validation
    if not validation.is_wanted:
        raise UserError(
            "tnf.validation: names nothing to compare the engine with; give reference_file or "
            "second_engine"
        )
    if validation.second_engine is None:
        return [tnf.engine]
    if validation.reference_file is not None:
        raise UserError("tnf.validation: give reference_file or second_engine, not both")
    return [tnf.engine, validation.second_engine]


def read_reference(tnf: TnfConfig) -> pd.DataFrame:
    """Read the reference at the study's radii; raises ``UserError`` for what is no such table."""
    assert tnf.validation.reference_file is not None
    file = find_file(tnf.validation.reference_file, "reference trajectories")
    frame = read_trajectories(file, REQUIRED_COLUMNS)
    return frame[frame[tables.TUMOR_RADIUS_UM].isin(tnf.tumor_radii_um)]


def validation_points(tnf: TnfConfig) -> list[ParameterPoint]:
    """List the points to compare at: those that the reference repeats, or some of the design.

    Raises ``UserError`` for a reference without replicates at the study's radii.
    """
    if tnf.validation.reference_file is None:
        return _design_points(tnf)
    runs = read_reference(tnf)[[*tables.POINT_COLUMNS, tables.REPLICATE]].drop_duplicates()
    sizes = runs.groupby(list(tables.POINT_COLUMNS)).size()
    points = [
        ParameterPoint(int(radius), int(period), int(duration), float(concentration))
        for radius, period, duration, concentration in sizes[sizes > 1].index
    ]
    if not points:
        raise UserError(
            f"{tnf.validation.reference_file}: no point with two replicates or more at the radii "
            f"{', '.join(map(str, tnf.tumor_radii_um))} um; `theraflow tnf validate` compares "
            "single runs"
        )
    return [
        point
        for radius in tnf.tumor_radii_um
        for point in [point for point in points if point.tumor_radius_um == radius][
            : tnf.validation.points
        ]
    ]


def plan_validation_batches(tnf: TnfConfig, engine: AnyEngineConfig) -> list[Batch]:
    """List the batches of one engine, each of one point; named by what they hold.

    Simulations end when those of the reference do or, without one, at the study's horizon.
    """
    horizons_min = validation_horizons_min(tnf)
    return [
        batch
        for point in validation_points(tnf)
        for batch in _batches_of_point(point, tnf, engine, horizons_min[point.tumor_radius_um])
    ]


def find_engine(tnf: TnfConfig, fingerprint: str) -> AnyEngineConfig:
    """Find one of the study's engines by its fingerprint.

    Raises ``UserError`` when there is none: it changed since the workflow started.
    """
    second = tnf.validation.second_engine
    for engine in (tnf.engine, second):
        if engine is not None and engine_fingerprint(engine) == fingerprint:
            return engine
    raise UserError(
        f"engine {fingerprint}: no longer part of the study, as it was edited while the workflow "
        "ran; start the workflow again"
    )


def validation_horizons_min(tnf: TnfConfig) -> dict[int, int]:
    """Map each radius of a comparison to when its simulations end."""
    if tnf.validation.reference_file is None:
        return dict.fromkeys(tnf.tumor_radii_um, tnf.horizon_min)
    frame = read_reference(tnf)
    hourly = frame[frame[tables.TIME_MIN] % OUTPUT_INTERVAL_MIN == 0]
    last_min = hourly.groupby(tables.TUMOR_RADIUS_UM)[tables.TIME_MIN].max()
    return dict(zip(last_min.index.tolist(), last_min.tolist(), strict=True))


def _batches_of_point(
    point: ParameterPoint, tnf: TnfConfig, engine: AnyEngineConfig, horizon_min: int
) -> Iterator[Batch]:
    radius, fingerprint = point.tumor_radius_um, engine_fingerprint(engine)
    first = VALIDATION_FIRST_REPLICATE
    numbers = range(first, first + tnf.validation.replicates)
    cpu_s = expected_cpu_s(radius, engine, horizon_min)
    size = simulations_per_batch(cpu_s, tnf.batches.target_cpu_minutes)
    for start in range(0, len(numbers), size):
        members = tuple(
            plan_simulation(point, number, tnf.base_seed, horizon_min=horizon_min)
            for number in numbers[start : start + size]
        )
        ids = [simulation_id(simulation, fingerprint) for simulation in members]
        yield Batch(radius, content_hash({"simulations": ids}), members)


def _design_points(tnf: TnfConfig) -> list[ParameterPoint]:
    treatments = np.concatenate(treatments_by_block(tnf.designs))
    seed = derive_seed({"choice": "validation", "base_seed": tnf.base_seed})
    number = min(tnf.validation.points, len(treatments))
    chosen = np.random.default_rng(seed).choice(len(treatments), number, replace=False)
    return [
        ParameterPoint(radius, *treatments[index].item())
        for radius in tnf.tumor_radii_um
        for index in sorted(chosen)
    ]
