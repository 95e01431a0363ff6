"""What a simulation costs, so that batches take a foreseeable time.

The number of cells grows with the area of the tumour and the field solve does not depend on it:
hence a constant and a term in the squared radius. The sizes of batches follow from these
constants, so that a change of them cuts the batches anew.
"""

from typing import Final

from theraflow.config.surrogates import SurrogatesConfig
from theraflow.config.tnf import TimeSteps

_CPU_S_CONSTANT: Final = {"exact": 0.20, "fast": 0.035}
_CPU_S_PER_UM2: Final = {"exact": 1.6e-5, "fast": 3.4e-6}
_TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH: Final = {"theraflow": 7e-5, "paper": 9e-3}
_SECONDS_PER_MINUTE: Final = 60


def expected_cpu_s(tumor_radius_um: int, time_steps: TimeSteps) -> float:
    """Estimate the CPU time (s) of one simulation of 24 h on one core of a current server."""
    return _CPU_S_CONSTANT[time_steps] + _CPU_S_PER_UM2[time_steps] * tumor_radius_um**2


def simulations_per_batch(
    tumor_radius_um: int, time_steps: TimeSteps, target_cpu_minutes: float
) -> int:
    """Count the simulations, at least one, that fill a batch of ``target_cpu_minutes``."""
    target_cpu_s = target_cpu_minutes * _SECONDS_PER_MINUTE
    return max(1, round(target_cpu_s / expected_cpu_s(tumor_radius_um, time_steps)))


def expected_training_cpu_s(surrogates: SurrogatesConfig, simulations: int) -> float:
    """Estimate the CPU time (s) that the surrogate of one radius takes to train without a GPU."""
    settings = surrogates.paper if surrogates.architecture == "paper" else surrogates.theraflow
    cpu_s_per_epoch = (
        simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH[surrogates.architecture]
    )
    return settings.epochs * cpu_s_per_epoch
