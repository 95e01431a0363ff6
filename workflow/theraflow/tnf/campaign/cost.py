"""What a simulation costs, so that batches take a foreseeable time.

The number of cells grows with the area of the tumour and the field solve does not depend on it:
hence a constant and a term in the squared radius. The sizes of batches follow from these
constants, so that a change of them cuts the batches anew. Those of PhysiBoSS are rough: its speed
is the user's build's, which ``tnf.engine.relative_cost`` accounts for.
"""

from typing import Final

from theraflow.config.tnf.engines import AnyEngineConfig, PhysibossConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig

_CPU_S_CONSTANT: Final = {"exact": 0.20, "fast": 0.035, "physiboss": 10.0}
_CPU_S_PER_UM2: Final = {"exact": 1.6e-5, "fast": 3.4e-6, "physiboss": 2.0e-3}
_TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH: Final = {"theraflow": 7e-5, "paper": 9e-3}
_GATHERING_CPU_S_PER_SIMULATION: Final = 1.4e-4
_SECONDS_PER_MINUTE: Final = 60


def expected_cpu_s(tumor_radius_um: int, engine: AnyEngineConfig) -> float:
    """Estimate the CPU time (s) of one simulation of 24 h on one core of a current server."""
    if isinstance(engine, PhysibossConfig):
        return engine.relative_cost * _cpu_s(tumor_radius_um, engine.name)
    return _cpu_s(tumor_radius_um, engine.time_steps)


def simulations_per_batch(
    tumor_radius_um: int, engine: AnyEngineConfig, target_cpu_minutes: float
) -> int:
    """Count the simulations, at least one, that fill a batch of ``target_cpu_minutes``."""
    target_cpu_s = target_cpu_minutes * _SECONDS_PER_MINUTE
    return max(1, round(target_cpu_s / expected_cpu_s(tumor_radius_um, engine)))


def expected_training_cpu_s(surrogates: SurrogatesConfig, simulations: int) -> float:
    """Estimate the CPU time (s) that the surrogate of one radius takes to train without a GPU."""
    settings = surrogates.paper if surrogates.architecture == "paper" else surrogates.theraflow
    cpu_s_per_epoch = (
        simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH[surrogates.architecture]
    )
    return settings.epochs * cpu_s_per_epoch


def expected_gathering_cpu_s(simulations: int) -> float:
    """Estimate the CPU time (s) that sorting the batches of one radius to a table takes."""
    return simulations * _GATHERING_CPU_S_PER_SIMULATION


def _cpu_s(tumor_radius_um: int, kind: str) -> float:
    return _CPU_S_CONSTANT[kind] + _CPU_S_PER_UM2[kind] * tumor_radius_um**2
