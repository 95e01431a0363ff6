"""What a config asks for, before anything runs: simulations, batches, trainings, core-hours."""

from dataclasses import dataclass

from theraflow.config.tnf import TnfConfig
from theraflow.tnf.batches import Batch, plan_batches, plan_noise_floor_batches
from theraflow.tnf.cost import expected_cpu_s, expected_training_cpu_s

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


def preflight(tnf: TnfConfig) -> list[RadiusLoad]:
    """Size the study, radius by radius; raises ``UserError`` for an empty design."""
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
    simulation_s = (simulations + repeats) * expected_cpu_s(radius, tnf.engine.time_steps)
    training_s = expected_training_cpu_s(tnf.surrogates, simulations)
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
