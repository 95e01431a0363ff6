"""What a simulation costs, so that batches take a foreseeable time.

The number of cells grows with the area of the tumour, or its volume in three dimensions, and the
field solve does not depend on it: hence a constant and a term in the radius squared or cubed. The
sizes of batches follow from these constants, so that a change of them cuts the batches anew.

Those of the embedded engine in 3D were fitted likewise to what it took on an AMD EPYC of 2024: with
``fast`` steps 0.98, 1.20, 8.9 and 29 CPU seconds at radii 50, 100, 275 and 400 um (mean over three
points of the paper's design), and with ``exact`` ones 9.4, 43 and 135 at 50, 275 and 400 um (one
point each, from parts of a day). The fit is within 8 % of each.

Those of PhysiBoSS were fitted to runs of the original program, one thread each, with its own time
steps. In 2D they took 10.7, 12.7 and 44 CPU seconds at radii 50, 100 and 275 um; the fit, by least
squares of relative errors, is within 7 % of each. In 3D they took 25 minutes at 50 um and 30 at
100 um, nearly all of it for the field; what is larger is extrapolated. What the user's build and
time steps change, ``tnf.engine.relative_cost`` accounts for.

Over a longer horizon the field takes its time every day, while tumours that survive grow: the
second term rises faster than the horizon. With 24 Sobol points the embedded engine took 3.6, 4.5
and 6.0 times as long over 4,620 min as over 1,440 at radii 50, 100 and 275 um (``fast``), and 4.1,
5.9 and 7.6 times where concentrations were log-scaled down to 0.005, which leaves more alive.
"""

import math
from collections.abc import Mapping
from statistics import fmean
from typing import Final

from theraflow.config.tnf.engines import AnyEngineConfig, Dimension, PhysibossConfig
from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.config.tnf.study import BatchesConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig

# CPU seconds that a day of a simulation takes, and per um of the radius to the power of the
# dimension.
_CPU_S: Final[Mapping[tuple[str, Dimension], tuple[float, float]]] = {
    ("exact", 2): (0.20, 1.6e-5),
    ("fast", 2): (0.035, 3.4e-6),
    ("exact", 3): (9.1, 1.8e-6),
    ("fast", 3): (0.87, 4.1e-7),
    ("physiboss", 2): (9.0, 4.5e-4),
    ("physiboss", 3): (1460.0, 3.4e-4),
}
_TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH: Final = {
    "theraflow": 7e-5,
    "paper": 9e-3,
    "general": 1.1e-4,
    # A member of the ensemble, of width 64.
    "member": 6e-5,
}
_GATHERING_CPU_S_PER_SIMULATION: Final = 1.4e-4
# Of a job on all cores, while some are idle: the wait until all of them are free, imports, machine
# code. The last two take 1.5 s.
_JOB_START_S: Final = 5.0
_SECONDS_PER_MINUTE: Final = 60
# Of the horizon, in the term of the cells.
_GROWTH_EXPONENT: Final = 1.5
# A worker without cells, and a cell of the embedded engine: 67,000 of them took 127 MB.
_WORKER_MB: Final = 200
_MB_PER_CELL: Final = 0.002
_LEAST_WORKER_MB: Final = 300
# Of an untreated tumour, by dimension: cells at the start, per um of the radius to its power.
_CELLS_AT_START: Final[Mapping[Dimension, float]] = {2: 0.0151, 3: 0.00118}
_GROWTH_PER_MIN: Final = 0.00064


def expected_cpu_s(
    tumor_radius_um: int, engine: AnyEngineConfig, horizon_min: int = DEFAULT_HORIZON_MIN
) -> float:
    """Estimate the CPU time (s) of one simulation on one core of a current server."""
    days = horizon_min / DEFAULT_HORIZON_MIN
    if isinstance(engine, PhysibossConfig):
        return engine.relative_cost * _cpu_s(tumor_radius_um, engine.name, engine.dimension, days)
    return _cpu_s(tumor_radius_um, engine.time_steps, engine.dimension, days)


def expected_mean_cpu_s(
    radii_um: tuple[int, int], engine: AnyEngineConfig, horizon_min: int = DEFAULT_HORIZON_MIN
) -> float:
    """Estimate the mean CPU time (s) of a simulation whose radius is drawn from low to high, um."""
    low, high = radii_um
    return fmean(expected_cpu_s(radius, engine, horizon_min) for radius in range(low, high + 1))


def simulations_per_batch(simulation_cpu_s: float, target_cpu_minutes: float) -> int:
    """Count the simulations, at least one, that fill a batch of ``target_cpu_minutes``."""
    return max(1, round(target_cpu_minutes * _SECONDS_PER_MINUTE / simulation_cpu_s))


def expected_batch_wall_s(simulation_cpu_s: float, batches: BatchesConfig, workers: int) -> float:
    """Estimate the wall-clock time (s) of a full batch whose workers have a core each."""
    size = simulations_per_batch(simulation_cpu_s, batches.target_cpu_minutes)
    return math.ceil(size / workers) * simulation_cpu_s


def end_sooner_in_turn(longest_batch_cpu_s: float, batches: int) -> bool:
    """Tell whether so many batches end sooner in turn, each on all cores, than side by side.

    Side by side, the other cores may be idle beside the last batch for all of its time; in turn,
    they are beside the start of each.
    """
    return longest_batch_cpu_s > batches * _JOB_START_S


def simulations_at_once(cores: int, engine: AnyEngineConfig) -> int:
    """Count the simulations, at least one, that a job with so many cores runs at a time."""
    return max(1, cores // engine.cores_per_simulation)


def expected_worker_memory_mb(
    tumor_radius_um: int, engine: AnyEngineConfig, horizon_min: int = DEFAULT_HORIZON_MIN
) -> int:
    """Estimate the memory (MB) of a process that simulates an untreated tumour."""
    at_start = _CELLS_AT_START[engine.dimension] * float(tumor_radius_um) ** engine.dimension
    cells = at_start * math.exp(_GROWTH_PER_MIN * horizon_min)
    return max(_LEAST_WORKER_MB, math.ceil(_WORKER_MB + _MB_PER_CELL * cells))


def simulation_time_limit_s(engine: AnyEngineConfig, batches: BatchesConfig) -> float:
    """Return the wall-clock time (s) after which a simulation is stopped; 0 where none is."""
    limits_s = [batches.simulation_time_limit_s]
    if isinstance(engine, PhysibossConfig):
        limits_s.append(engine.time_limit_min * _SECONDS_PER_MINUTE)
    return min((limit_s for limit_s in limits_s if limit_s is not None), default=0.0)


def expected_training_cpu_s(
    surrogates: SurrogatesConfig, simulations: int, horizon_min: int = DEFAULT_HORIZON_MIN
) -> float:
    """Estimate the CPU time (s) that the surrogate of one radius takes to train without a GPU."""
    settings = surrogates.paper if surrogates.architecture == "paper" else surrogates.theraflow
    cpu_s_per_epoch = (
        simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH[surrogates.architecture]
    )
    return settings.epochs * cpu_s_per_epoch * horizon_min / DEFAULT_HORIZON_MIN


def expected_general_training_cpu_s(
    surrogates: SurrogatesConfig, simulations: int, horizon_min: int = DEFAULT_HORIZON_MIN
) -> float:
    """Estimate the CPU time (s) that the surrogate of every radius takes to train without a GPU."""
    if not surrogates.general_surrogate:
        return 0.0
    cpu_s_per_epoch = simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH["general"]
    return surrogates.general.epochs * cpu_s_per_epoch * horizon_min / DEFAULT_HORIZON_MIN


def expected_ensemble_training_cpu_s(
    surrogates: SurrogatesConfig, simulations: int, horizon_min: int = DEFAULT_HORIZON_MIN
) -> float:
    """Estimate the CPU time (s) that all members of the ensemble take to train without a GPU."""
    if not surrogates.general_surrogate:
        return 0.0
    ensemble = surrogates.uncertainty
    cpu_s_per_epoch = simulations * _TRAINING_CPU_S_PER_SIMULATION_AND_EPOCH["member"]
    days = horizon_min / DEFAULT_HORIZON_MIN
    return ensemble.members * ensemble.epochs * cpu_s_per_epoch * days


def expected_gathering_cpu_s(simulations: int, horizon_min: int = DEFAULT_HORIZON_MIN) -> float:
    """Estimate the CPU time (s) that sorting the batches of one radius to a table takes."""
    return simulations * _GATHERING_CPU_S_PER_SIMULATION * horizon_min / DEFAULT_HORIZON_MIN


def _cpu_s(tumor_radius_um: int, kind: str, dimension: Dimension, days: float) -> float:
    constant_s, growing_s = _CPU_S[kind, dimension]
    cells_s = growing_s * float(tumor_radius_um) ** dimension * math.pow(days, _GROWTH_EXPONENT)
    return constant_s * days + cells_s
