"""The key of a simulation: which tumour, which pulses, which repetition."""

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from theraflow.config.tnf.ranges import (
    PULSE_RANGE_MIN,
    TNF_CONCENTRATION_RANGE,
    TUMOR_RADIUS_RANGE_UM,
)
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash, derive_seed
from theraflow.tnf import tables

SIMULATED_MIN: Final = 1440
OUTPUT_INTERVAL_MIN: Final = 60
OUTPUT_TIMES_MIN: Final = np.arange(0, SIMULATED_MIN + 1, OUTPUT_INTERVAL_MIN)

_RANGES: Final = (
    (tables.TUMOR_RADIUS_UM, TUMOR_RADIUS_RANGE_UM, " um"),
    (tables.PULSE_PERIOD_MIN, PULSE_RANGE_MIN, " min"),
    (tables.PULSE_DURATION_MIN, PULSE_RANGE_MIN, " min"),
    (tables.TNF_CONCENTRATION, TNF_CONCENTRATION_RANGE, ""),
)


@dataclass(frozen=True, order=True)
class ParameterPoint:
    """A tumour and a pulsed TNF treatment.

    Units: um, min, min, relative concentration. Raises ``UserError`` for values that the model
    does not admit.
    """

    tumor_radius_um: int
    pulse_period_min: int
    pulse_duration_min: int
    tnf_concentration: float

    def __post_init__(self) -> None:
        for name, (low, high), unit in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UserError(f"{name}={value}: give a value from {low:g} to {high:g}{unit}")
        if self.pulse_duration_min > self.pulse_period_min:
            raise UserError(
                f"pulse_duration_min={self.pulse_duration_min}: give a pulse that is no longer "
                f"than its period ({self.pulse_period_min} min)"
            )


@dataclass(frozen=True, order=True)
class Simulation:
    """One repetition of one parameter point, with the seed of its random stream."""

    point: ParameterPoint
    replicate: int
    seed: int


def plan_simulation(point: ParameterPoint, replicate: int, base_seed: int) -> Simulation:
    """Derive the seed of a repetition from its key, so that no two repetitions share a stream."""
    key = {**asdict(point), "replicate": replicate, "base_seed": base_seed}
    return Simulation(point=point, replicate=replicate, seed=derive_seed(key))


def simulation_id(simulation: Simulation, engine_fingerprint: str) -> str:
    """Name a simulation by its parameters, replicate, seed and the engine's fingerprint."""
    point = simulation.point
    return content_hash(
        {
            tables.TUMOR_RADIUS_UM: point.tumor_radius_um,
            tables.PULSE_PERIOD_MIN: point.pulse_period_min,
            tables.PULSE_DURATION_MIN: point.pulse_duration_min,
            tables.TNF_CONCENTRATION: point.tnf_concentration,
            tables.REPLICATE: simulation.replicate,
            tables.SEED: simulation.seed,
            tables.ENGINE: engine_fingerprint,
        }
    )
