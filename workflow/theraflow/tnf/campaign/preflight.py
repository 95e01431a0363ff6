"""What a config asks for, before anything runs: simulations, batches, trainings, core-hours."""

from dataclasses import dataclass

from theraflow.config.tnf.study import TnfConfig
from theraflow.core.errors import UserError
from theraflow.tnf.active.plan import (
    added_simulations,
    all_added_simulations,
    check_active_learning,
    radii_of_rounds,
    radii_within_round,
)
from theraflow.tnf.campaign.batches import (
    Batch,
    plan_batches,
    plan_noise_floor_batches,
    simulations_of_drawn_radii,
    simulations_per_radius,
)
from theraflow.tnf.campaign.cost import (
    expected_cpu_s,
    expected_ensemble_training_cpu_s,
    expected_general_training_cpu_s,
    expected_mean_cpu_s,
    expected_training_cpu_s,
)
from theraflow.tnf.campaign.design import (
    block_numbers,
    points_by_block,
    radius_designs,
    treatments_by_block,
)
from theraflow.tnf.engine.check import check_engine_config
from theraflow.tnf.surrogate.training.split import part_sizes

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class RadiusLoad:
    """The work that one tumour radius asks for, or all that designs draw (None).

    Core-hours are estimates.
    """

    tumor_radius_um: int | None
    simulations: int
    noise_floor_simulations: int
    added_simulations: int
    batches: int
    trainings: int
    simulation_core_hours: float
    added_core_hours: float
    training_core_hours: float


def check_feasible(tnf: TnfConfig) -> None:
    """Refuse a study that would only fail after work was done.

    Raises ``UserError`` for a model that is missing or malformed, a tumour that reaches the TNF
    source, an empty design, or block where each has a table of its own, a design with too few
    points to train a surrogate on, and too few candidates for the rounds of active learning.
    """
    drawn = [radius for radii_um in _drawn_radii(tnf) for radius in radii_um]
    check_engine_config(tnf.engine, [*tnf.tumor_radii_um, *drawn])
    if tnf.dataset_tables == "blocks":
        _check_blocks(tnf)
    drawn_points = sum(map(len, points_by_block(tnf.designs)))
    points = sum(len(block) for block in treatments_by_block(tnf.designs))
    try:
        part_sizes(points, tnf.surrogates.split)
        if drawn_points and tnf.surrogates.general_surrogate:
            part_sizes(drawn_points, tnf.surrogates.split)
    except UserError as error:
        raise UserError(f"tnf.designs: {error}") from None
    check_active_learning(tnf)


def preflight(tnf: TnfConfig) -> list[RadiusLoad]:
    """Size the study, radius by radius; raises ``UserError`` as ``check_feasible`` does."""
    check_feasible(tnf)
    dataset, noise_floor = plan_batches(tnf), plan_noise_floor_batches(tnf)
    loads = [
        _load(
            tnf,
            radius,
            [batch for batch in dataset if batch.tumor_radius_um == radius],
            [batch for batch in noise_floor if batch.tumor_radius_um == radius],
        )
        for radius in tnf.tumor_radii_um
    ]
    drawn = [batch for batch in dataset if batch.tumor_radius_um is None]
    return [*loads, _load_of_drawn_radii(tnf, drawn)] if _drawn_radii(tnf) else loads


def general_training_core_hours(tnf: TnfConfig) -> float:
    """Estimate what the training of the surrogate of every radius takes, on CPU cores."""
    return (
        expected_general_training_cpu_s(tnf.surrogates, _all_simulations(tnf), tnf.horizon_min)
        / _SECONDS_PER_HOUR
    )


def ensemble_training_core_hours(tnf: TnfConfig) -> float:
    """Estimate what the training of all members of the ensemble takes, on CPU cores."""
    return (
        expected_ensemble_training_cpu_s(tnf.surrogates, _all_simulations(tnf), tnf.horizon_min)
        / _SECONDS_PER_HOUR
    )


def _all_simulations(tnf: TnfConfig) -> int:
    """Count what the data set and the rounds of active learning hold, without planning batches."""
    of_radii = len(tnf.tumor_radii_um) * simulations_per_radius(tnf)
    return of_radii + simulations_of_drawn_radii(tnf) + all_added_simulations(tnf)


def _load(
    tnf: TnfConfig, radius: int, dataset: list[Batch], noise_floor: list[Batch]
) -> RadiusLoad:
    simulations, repeats = _simulations(dataset), _simulations(noise_floor)
    added = added_simulations(tnf, radius)
    cpu_s = expected_cpu_s(radius, tnf.engine, tnf.horizon_min)
    training_s = expected_training_cpu_s(tnf.surrogates, simulations + added, tnf.horizon_min)
    return RadiusLoad(
        tumor_radius_um=radius,
        simulations=simulations,
        noise_floor_simulations=repeats,
        added_simulations=added,
        batches=len(dataset) + len(noise_floor) + (tnf.active_learning.rounds if added else 0),
        trainings=1,
        simulation_core_hours=(simulations + repeats) * cpu_s / _SECONDS_PER_HOUR,
        added_core_hours=added * cpu_s / _SECONDS_PER_HOUR,
        training_core_hours=training_s / _SECONDS_PER_HOUR,
    )


def _load_of_drawn_radii(tnf: TnfConfig, batches: list[Batch]) -> RadiusLoad:
    blocks = zip(radius_designs(tnf.designs), points_by_block(tnf.designs), strict=True)
    simulation_s = tnf.replicates * sum(
        len(block) * expected_mean_cpu_s(design.tumor_radius_um, tnf.engine, tnf.horizon_min)
        for design, block in blocks
    )
    added, added_s = added_simulations(tnf, None), 0.0
    if added:
        radii_um = radii_within_round(tnf.active_learning, None)
        added_s = added * expected_mean_cpu_s(radii_um, tnf.engine, tnf.horizon_min)
    return RadiusLoad(
        tumor_radius_um=None,
        simulations=_simulations(batches),
        noise_floor_simulations=0,
        added_simulations=added,
        batches=len(batches) + (tnf.active_learning.rounds if added else 0),
        trainings=0,
        simulation_core_hours=simulation_s / _SECONDS_PER_HOUR,
        added_core_hours=added_s / _SECONDS_PER_HOUR,
        training_core_hours=0.0,
    )


def _drawn_radii(tnf: TnfConfig) -> list[tuple[int, int]]:
    """List the ranges (um) from which designs and candidates draw radii."""
    active = tnf.active_learning
    of_designs = [design.tumor_radius_um for design in radius_designs(tnf.designs)]
    is_drawn = None in radii_of_rounds(active, tnf.tumor_radii_um)
    return [*of_designs, *([radii_within_round(active, None)] if is_drawn else [])]


def _check_blocks(tnf: TnfConfig) -> None:
    blocks = [*treatments_by_block(tnf.designs), *points_by_block(tnf.designs)]
    of_radii, of_drawn = block_numbers(tnf.designs)
    for number, block in zip([*of_radii, *of_drawn], blocks, strict=True):
        if not len(block):
            raise UserError(
                f"tnf.designs[{number}]: holds no point that the blocks before it do not hold; "
                "remove it, as tnf.dataset_tables is `blocks`"
            )


def _simulations(batches: list[Batch]) -> int:
    return sum(len(batch.simulations) for batch in batches)
