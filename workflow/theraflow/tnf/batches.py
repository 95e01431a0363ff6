"""Which batches of simulations a config asks for: pure, deterministic, and fast enough to plan."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from theraflow.campaign.identity import content_hash, derive_seed
from theraflow.config.tnf import TnfConfig
from theraflow.errors import UserError
from theraflow.tnf.cost import simulations_per_batch
from theraflow.tnf.design import parameter_points, points_by_block
from theraflow.tnf.engine_fingerprint import engine_fingerprint
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation, simulation_id

# Beyond every replicate of the data set, so that the noise floor shares no seed with it.
NOISE_FLOOR_FIRST_REPLICATE: Final = 100_000


@dataclass(frozen=True)
class Batch:
    """The simulations of one job, all of one tumour radius; ``batch_id`` hashes their ids."""

    tumor_radius_um: int
    batch_id: str
    simulations: tuple[Simulation, ...]


def plan_batches(tnf: TnfConfig) -> list[Batch]:
    """List the batches of the data set.

    The points of each radius, replicate and design block are cut in design order. Radii,
    replicates and blocks that are added to a config therefore add batches and leave the others as
    they are; only a block that grows has its last, short batch replaced by a fuller one.
    """
    fingerprint = engine_fingerprint(tnf.engine)
    return [
        batch
        for radius in tnf.tumor_radii_um
        for block in points_by_block(tnf.designs, radius)
        for replicate in range(tnf.replicates)
        for batch in _cut(_repeat(block, [replicate], tnf), tnf, fingerprint)
    ]


def plan_noise_floor_batches(tnf: TnfConfig) -> list[Batch]:
    """List the batches that repeat a few points of each radius, to measure the simulator's noise.

    The points are those with the lowest hash of point and base seed: a random choice that stays
    when more points are asked for or the design grows.
    """
    fingerprint = engine_fingerprint(tnf.engine)
    first = NOISE_FLOOR_FIRST_REPLICATE
    replicates = range(first, first + tnf.evaluation.noise_floor.replicates)
    return [
        batch
        for radius in tnf.tumor_radii_um
        for batch in _cut(
            _repeat(_noise_floor_points(tnf, radius), replicates, tnf), tnf, fingerprint
        )
    ]


def _repeat(
    points: Sequence[ParameterPoint], replicates: Iterable[int], tnf: TnfConfig
) -> list[Simulation]:
    return [
        plan_simulation(point, replicate, tnf.base_seed)
        for replicate in replicates
        for point in points
    ]


def _cut(simulations: Sequence[Simulation], tnf: TnfConfig, fingerprint: str) -> Iterator[Batch]:
    """Cut simulations of one radius into batches."""
    if not simulations:
        return
    radius = simulations[0].point.tumor_radius_um
    size = simulations_per_batch(radius, tnf.engine.time_steps, tnf.batches.target_cpu_minutes)
    for start in range(0, len(simulations), size):
        members = tuple(simulations[start : start + size])
        ids = [simulation_id(simulation, fingerprint) for simulation in members]
        yield Batch(radius, content_hash({"simulations": ids}), members)


def _noise_floor_points(tnf: TnfConfig, radius: int) -> list[ParameterPoint]:
    def rank(point: ParameterPoint) -> int:
        return derive_seed({**asdict(point), "base_seed": tnf.base_seed, "choice": "noise floor"})

    points = parameter_points(tnf.designs, radius)
    return sorted(points, key=rank)[: tnf.evaluation.noise_floor.points]


def find_batch(tnf: TnfConfig, batch_id: str) -> Batch:
    """Find a planned batch by its id.

    Raises ``UserError`` when there is none: the engine or the config changed since it was planned.
    """
    for batch in [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]:
        if batch.batch_id == batch_id:
            return batch
    raise UserError(
        f"batch {batch_id}: no longer part of the study, as the engine or the config was edited "
        "while the workflow ran; start the workflow again"
    )
