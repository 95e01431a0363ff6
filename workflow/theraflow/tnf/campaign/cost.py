"""What a simulation costs, so that batches take a foreseeable time.

The number of cells grows with the area of the tumour, or its volume in three dimensions, and the
field solve does not depend on it: hence a constant and a term in the radius squared or cubed. The
sizes of batches follow from these constants, so that a change of them cuts the batches anew.

Those of PhysiBoSS were fitted to runs of the original program, one thread each, with its own time
steps. In 2D they took 10.7, 12.7 and 44 CPU seconds at radii 50, 100 and 275 um; the fit, by least
squares of relative errors, is within 7 % of each. In 3D they took 25 minutes at 50 um and 30 at
100 um, nearly all of it for the field; what is larger is extrapolated. What the user's build and
time steps change, ``tnf.engine.relative_cost`` accounts for.
"""

import math
from collections.abc import Mapping
from typing import Final

from theraflow.config.tnf.engines import AnyEngineConfig, Dimension, PhysibossConfig
from theraflow.config.tnf.study import BatchesConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig

# CPU seconds that every simulation takes, and per um of the radius to the power of the dimension.
_CPU_S: Final[Mapping[tuple[str, Dimension], tuple[float, float]]] = {
    ("exact", 2): (0.20, 1.6e-5),
    ("fast", 2): (0.035, 3.4e-6),
    ("physiboss", 2): (9.0, 4.5e-4),
    ("physiboss", 3): (1460.0, 3.4e-4),
}
_TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH: Final = {
    "theraflow": 7e-5,
    "paper": 9e-3,
    "general": 1.1e-4,
}
_GATHERING_CPU_S_PER_SIMULATION: Final = 1.4e-4
_SECONDS_PER_MINUTE: Final = 60


def expected_cpu_s(tumor_radius_um: int, engine: AnyEngineConfig) -> float:
    """Estimate the CPU time (s) of one simulation of 24 h on one core of a current server."""
    if isinstance(engine, PhysibossConfig):
        return engine.relative_cost * _cpu_s(tumor_radius_um, engine.name, engine.dimension)
    return _cpu_s(tumor_radius_um, engine.time_steps, engine.dimension)


def simulations_per_batch(
    tumor_radius_um: int, engine: AnyEngineConfig, target_cpu_minutes: float
) -> int:
    """Count the simulations, at least one, that fill a batch of ``target_cpu_minutes``."""
    target_cpu_s = target_cpu_minutes * _SECONDS_PER_MINUTE
    return max(1, round(target_cpu_s / expected_cpu_s(tumor_radius_um, engine)))


def expected_batch_wall_s(
    tumor_radius_um: int, engine: AnyEngineConfig, batches: BatchesConfig, workers: int
) -> float:
    """Estimate the wall-clock time (s) of a full batch whose workers have a core each."""
    size = simulations_per_batch(tumor_radius_um, engine, batches.target_cpu_minutes)
    return math.ceil(size / workers) * expected_cpu_s(tumor_radius_um, engine)


def simulation_time_limit_s(engine: AnyEngineConfig, batches: BatchesConfig) -> float:
    """Return the wall-clock time (s) after which a simulation is stopped; 0 where none is."""
    limits_s = [batches.simulation_time_limit_s]
    if isinstance(engine, PhysibossConfig):
        limits_s.append(engine.time_limit_min * _SECONDS_PER_MINUTE)
    return min((limit_s for limit_s in limits_s if limit_s is not None), default=0.0)


def expected_training_cpu_s(surrogates: SurrogatesConfig, simulations: int) -> float:
    """Estimate the CPU time (s) that the surrogate of one radius takes to train without a GPU."""
    settings = surrogates.paper if surrogates.architecture == "paper" else surrogates.theraflow
    cpu_s_per_epoch = (
        simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH[surrogates.architecture]
    )
    return settings.epochs * cpu_s_per_epoch


def expected_general_training_cpu_s(surrogates: SurrogatesConfig, simulations: int) -> float:
    """Estimate the CPU time (s) that the surrogate of every radius takes to train without a GPU."""
    if not surrogates.general_surrogate:
        return 0.0
    cpu_s_per_epoch = simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH["general"]
    return surrogates.general.epochs * cpu_s_per_epoch


def expected_gathering_cpu_s(simulations: int) -> float:
    """Estimate the CPU time (s) that sorting the batches of one radius to a table takes."""
    return simulations * _GATHERING_CPU_S_PER_SIMULATION


def _cpu_s(tumor_radius_um: int, kind: str, dimension: Dimension) -> float:
    constant_s, growing_s = _CPU_S[kind, dimension]
    return constant_s + growing_s * float(tumor_radius_um) ** dimension
