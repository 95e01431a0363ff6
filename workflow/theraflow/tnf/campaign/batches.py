"""Which batches of simulations a config asks for: pure, deterministic, and fast enough to plan.

Simulations are arrays here. Their objects, with seeds and ids, are made when a batch is run, so
that reading the workflow does not take longer for every simulation of the study.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, overload

import numpy as np
from numpy.lib.recfunctions import repack_fields
from numpy.typing import NDArray

from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.config.tnf.study import TnfConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.identity import content_hash
from theraflow.tnf import tables
from theraflow.tnf.campaign.cost import expected_mean_cpu_s, simulations_per_batch
from theraflow.tnf.campaign.design import (
    POINT,
    TREATMENT,
    Points,
    Treatments,
    at_radius,
    block_numbers,
    points_by_block,
    radius_designs,
    treatments_by_block,
)
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation, simulation_id
from theraflow.tnf.surrogate.training.split import split_points
from theraflow.tnf.tables import PARAMETER_COLUMNS

_TREATMENT_AND_REPLICATE: Final = (*PARAMETER_COLUMNS, tables.REPLICATE)

# Beyond every replicate of the data set, so that the noise floor shares no seed with it.
NOISE_FLOOR_FIRST_REPLICATE: Final = 100_000

REPETITION: Final = np.dtype([*POINT.descr, (tables.REPLICATE, "<i4")])
ANY_RADIUS: Final = "any_radius"


@dataclass(frozen=True, eq=False)
class PlannedSimulations(Sequence[Simulation]):
    """Simulations, each made when it is asked for.

    ``repetitions`` (n,): points and replicates, of dtype ``REPETITION``.
    """

    base_seed: int
    repetitions: NDArray[np.void]
    horizon_min: int = DEFAULT_HORIZON_MIN

    def __len__(self) -> int:
        return len(self.repetitions)

    @overload
    def __getitem__(self, index: int) -> Simulation: ...

    @overload
    def __getitem__(self, index: slice) -> "PlannedSimulations": ...

    def __getitem__(self, index: int | slice) -> "Simulation | PlannedSimulations":
        if isinstance(index, slice):
            return replace(self, repetitions=self.repetitions[index])
        *point, replicate = self.repetitions[index].item()
        return plan_simulation(
            ParameterPoint(*point), replicate, self.base_seed, horizon_min=self.horizon_min
        )


@dataclass(frozen=True)
class Batch:
    """The simulations of one job; ``batch_id`` hashes their content.

    ``tumor_radius_um`` is that of all of them, or None where the design draws the radii; ``block``
    is the number of their design in the config, or None where no design asks for them.
    """

    tumor_radius_um: int | None
    batch_id: str
    simulations: Sequence[Simulation] = field(compare=False)
    block: int | None = field(default=None, compare=False)

    @property
    def tumours(self) -> str:
        """Name the tumours, as folders of batches and files of plans do."""
        return tumours_of(self.tumor_radius_um)


def tumours_of(tumor_radius_um: int | None) -> str:
    """Name tumours of one radius (um), or of any."""
    return ANY_RADIUS if tumor_radius_um is None else f"radius_{tumor_radius_um}um"


def radius_of(tumours: str) -> int | None:
    """Read the radius (um) from what ``tumours_of`` has named."""
    if tumours == ANY_RADIUS:
        return None
    return int(tumours.removeprefix("radius_").removesuffix("um"))


def plan_batches(tnf: TnfConfig) -> list[Batch]:
    """List the batches of the data set.

    The points of each radius, replicate and design block are cut in design order. Radii,
    replicates and blocks that are added to a config therefore add batches and leave the others as
    they are; only a block that grows has its last, short batch replaced by a fuller one. Blocks
    that draw the radius come after the others.
    """
    of_radii, of_drawn = block_numbers(tnf.designs)
    treatments = treatments_by_block(tnf.designs)
    blocks: list[tuple[int | None, tuple[int, int], int, Points]] = [
        (radius, (radius, radius), number, at_radius(block, radius))
        for radius in tnf.tumor_radii_um
        for number, block in zip(of_radii, treatments, strict=True)
    ]
    drawn = zip(of_drawn, radius_designs(tnf.designs), points_by_block(tnf.designs), strict=True)
    blocks += [(None, design.tumor_radius_um, number, block) for number, design, block in drawn]
    fingerprint = engine_fingerprint(tnf.engine)
    return [
        replace(batch, block=number)
        for radius, radii_um, number, block in blocks
        for replicate in range(tnf.replicates)
        for batch in _cut(radius, radii_um, repeat(block, [replicate]), tnf, fingerprint)
    ]


def repeat(points: Points, replicates: Iterable[int]) -> NDArray[np.void]:
    """Repeat all points, replicate by replicate; of dtype ``REPETITION``."""
    numbers = np.fromiter(replicates, np.int32)
    repetitions = np.empty(len(numbers) * len(points), REPETITION)
    for name in tables.POINT_COLUMNS:
        repetitions[name] = np.tile(points[name], len(numbers))
    repetitions[tables.REPLICATE] = np.repeat(numbers, len(points))
    return repetitions


def plan_noise_floor_batches(tnf: TnfConfig) -> list[Batch]:
    """List the batches that repeat a few points of each radius, to measure the simulator's noise.

    The points are those whose treatment has the lowest hash: a random choice that stays when more
    points are asked for. From the whole design it is the same for every radius, and stays when the
    design grows; from the test points it is not, as other points are then tested.
    """
    fingerprint = engine_fingerprint(tnf.engine)
    first = NOISE_FLOOR_FIRST_REPLICATE
    replicates = range(first, first + tnf.evaluation.noise_floor.replicates)
    return [
        batch
        for radius in tnf.tumor_radii_um
        for points in [at_radius(_noise_floor_treatments(tnf, radius), radius)]
        for batch in _cut(radius, (radius, radius), repeat(points, replicates), tnf, fingerprint)
    ]


def simulations_per_radius(tnf: TnfConfig) -> int:
    """Count the simulations that the data set holds of each tumour radius."""
    return tnf.replicates * sum(len(block) for block in treatments_by_block(tnf.designs))


def simulations_of_drawn_radii(tnf: TnfConfig) -> int:
    """Count the simulations that the data set holds of radii that designs draw."""
    return tnf.replicates * sum(len(block) for block in points_by_block(tnf.designs))


def _cut(
    radius: int | None,
    radii_um: tuple[int, int],
    repetitions: NDArray[np.void],
    tnf: TnfConfig,
    fingerprint: str,
) -> Iterator[Batch]:
    """Cut simulations of one radius, or of radii within a range, into batches."""
    cpu_s = expected_mean_cpu_s(radii_um, tnf.engine, tnf.horizon_min)
    size = simulations_per_batch(cpu_s, tnf.batches.target_cpu_minutes)
    decided = [*([] if radius else [tables.TUMOR_RADIUS_UM]), *_TREATMENT_AND_REPLICATE]
    for start in range(0, len(repetitions), size):
        members = repetitions[start : start + size]
        simulations = PlannedSimulations(tnf.base_seed, members, tnf.horizon_min)
        content = {
            # Stands for what all share: engine, radius if it is one, base seed, horizon, and how
            # seeds and ids derive.
            "first_simulation": simulation_id(simulations[0], fingerprint),
            "repetitions": hashlib.sha256(repack_fields(members[decided]).tobytes()).hexdigest(),
        }
        yield Batch(radius, content_hash(content), simulations)


def _noise_floor_treatments(tnf: TnfConfig, tumor_radius_um: int) -> Treatments:
    treatments = np.concatenate(treatments_by_block(tnf.designs))
    if tnf.evaluation.noise_floor.drawn_from == "test":
        treatments = _test_treatments(treatments, tumor_radius_um, tnf.surrogates)
    salt = f"noise floor {tnf.base_seed} ".encode()
    content, width = treatments.tobytes(), TREATMENT.itemsize

    def rank(index: int) -> bytes:
        return hashlib.sha256(salt + content[index * width : (index + 1) * width]).digest()

    order = sorted(range(len(treatments)), key=rank)
    return treatments[order[: tnf.evaluation.noise_floor.points]]


def _test_treatments(
    treatments: Treatments, tumor_radius_um: int, surrogates: SurrogatesConfig
) -> Treatments:
    """Take those on which the surrogate of a radius will be tested."""
    in_order = treatments[np.lexsort([treatments[name] for name in reversed(PARAMETER_COLUMNS)])]
    split = split_points(len(in_order), tumor_radius_um, surrogates.split, surrogates.base_seed)
    return in_order[split.test]
