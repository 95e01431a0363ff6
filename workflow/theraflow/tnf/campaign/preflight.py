"""What a config asks for, before anything runs: simulations, batches, trainings, core-hours."""

from dataclasses import dataclass

from theraflow.config.tnf.study import TnfConfig
from theraflow.core.errors import UserError
from theraflow.tnf.campaign.batches import Batch, plan_batches, plan_noise_floor_batches
from theraflow.tnf.campaign.cost import expected_cpu_s, expected_training_cpu_s
from theraflow.tnf.campaign.design import treatments_by_block
from theraflow.tnf.engine.check import check_engine_config
from theraflow.tnf.surrogate.training.split import part_sizes

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class RadiusLoad:
    """The work that one tumour radius asks for; core-hours are estimates."""

    tumor_radius_um: int
    simulations: int
    noise_floor_simulations: int
    batches: int
    trainings: int
    simulation_core_hours: float
    training_core_hours: float


def check_feasible(tnf: TnfConfig) -> None:
    """Refuse a study that would only fail after work was done.

    Raises ``UserError`` for a model that is missing or malformed, a tumour that reaches the TNF
    source, an empty design, and a design with too few points to train a surrogate on.
    """
    check_engine_config(tnf.engine, tnf.tumor_radii_um)
    points = sum(len(block) for block in treatments_by_block(tnf.designs))
    try:
        part_sizes(points, tnf.surrogates.split)
    except UserError as error:
        raise UserError(f"tnf.designs: {error}") from None


def preflight(tnf: TnfConfig) -> list[RadiusLoad]:
    """Size the study, radius by radius; raises ``UserError`` as ``check_feasible`` does."""
    check_feasible(tnf)
    dataset, noise_floor = plan_batches(tnf), plan_noise_floor_batches(tnf)
    return [
        _load(
            tnf,
            radius,
            [batch for batch in dataset if batch.tumor_radius_um == radius],
            [batch for batch in noise_floor if batch.tumor_radius_um == radius],
        )
        for radius in tnf.tumor_radii_um
    ]


def _load(
    tnf: TnfConfig, radius: int, dataset: list[Batch], noise_floor: list[Batch]
) -> RadiusLoad:
    simulations, repeats = _simulations(dataset), _simulations(noise_floor)
    simulation_s = (simulations + repeats) * expected_cpu_s(radius, tnf.engine, tnf.horizon_min)
    training_s = expected_training_cpu_s(tnf.surrogates, simulations, tnf.horizon_min)
    return RadiusLoad(
        tumor_radius_um=radius,
        simulations=simulations,
        noise_floor_simulations=repeats,
        batches=len(dataset) + len(noise_floor),
        trainings=1,
        simulation_core_hours=simulation_s / _SECONDS_PER_HOUR,
        training_core_hours=training_s / _SECONDS_PER_HOUR,
    )


def _simulations(batches: list[Batch]) -> int:
    return sum(len(batch.simulations) for batch in batches)
