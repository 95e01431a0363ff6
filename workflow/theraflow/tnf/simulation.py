"""The key of a simulation: which tumour, which pulses, which repetition."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.ranges import (
    DEFAULT_HORIZON_MIN,
    HORIZON_RANGE_MIN,
    HORIZON_STEP_MIN,
    PULSE_RANGE_MIN,
    TNF_CONCENTRATION_RANGE,
    TUMOR_RADIUS_RANGE_UM,
)
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash, derive_seed
from theraflow.tnf import tables

OUTPUT_INTERVAL_MIN: Final = HORIZON_STEP_MIN

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
    """One repetition of one parameter point, with the seed of its random stream.

    It ends at ``horizon_min``. Raises ``UserError`` for a horizon that is not a whole number of
    hours up to a week, and for pulses that do not fit it.
    """

    point: ParameterPoint
    replicate: int
    seed: int
    horizon_min: int = DEFAULT_HORIZON_MIN

    def __post_init__(self) -> None:
        check_horizon(self.horizon_min)
        for name in (tables.PULSE_PERIOD_MIN, tables.PULSE_DURATION_MIN):
            value = getattr(self.point, name)
            if value > self.horizon_min:
                raise UserError(
                    f"{name}={value}: give a value from {PULSE_RANGE_MIN[0]} to the horizon, "
                    f"{self.horizon_min} min"
                )


def check_horizon(horizon_min: int) -> None:
    """Raise ``UserError`` for a horizon that is not a whole number of hours up to a week."""
    shortest, longest = HORIZON_RANGE_MIN
    if not shortest <= horizon_min <= longest or horizon_min % HORIZON_STEP_MIN:
        raise UserError(
            f"horizon_min={horizon_min}: give a multiple of {HORIZON_STEP_MIN} from {shortest} to "
            f"{longest} min"
        )


def check_snapshot_times(times_min: Sequence[int], horizon_min: int) -> None:
    """Raise ``UserError`` for a time before the start or after the horizon.

    Each whole minute between them is the end of a step, whichever the time steps.
    """
    for time_min in times_min:
        if not 0 <= time_min <= horizon_min:
            raise UserError(
                f"snapshot at {time_min} min: give a time from 0 to the horizon, {horizon_min} min"
            )


def output_times_min(horizon_min: int) -> NDArray[np.int64]:
    """List the times at which cells are counted: every hour, both ends included."""
    return np.arange(0, horizon_min + 1, OUTPUT_INTERVAL_MIN)


def full_hours_min(hours: int) -> NDArray[np.int64]:
    """List the times of so many counts after the first."""
    return output_times_min(hours * OUTPUT_INTERVAL_MIN)[1:]


def plan_simulation(
    point: ParameterPoint,
    replicate: int,
    base_seed: int,
    *,
    horizon_min: int = DEFAULT_HORIZON_MIN,
    stream: str | None = None,
) -> Simulation:
    """Derive the seed of a repetition from its key, so that no two repetitions share a stream.

    The data set has no ``stream``; what must not share its seeds names one, such as the
    re-simulation of what was found on it. The horizon is no part of the key, so that a longer
    simulation begins as the shorter one.
    """
    key = {**asdict(point), "replicate": replicate, "base_seed": base_seed}
    if stream is not None:
        key["stream"] = stream
    return Simulation(point, replicate, derive_seed(key), horizon_min)


def simulation_id(simulation: Simulation, engine_fingerprint: str) -> str:
    """Name a simulation by its parameters, replicate, seed, horizon and engine's fingerprint."""
    point = simulation.point
    horizon_min = simulation.horizon_min
    return content_hash(
        {
            # As it was before there was another horizon.
            **({} if horizon_min == DEFAULT_HORIZON_MIN else {"horizon_min": horizon_min}),
            tables.TUMOR_RADIUS_UM: point.tumor_radius_um,
            tables.PULSE_PERIOD_MIN: point.pulse_period_min,
            tables.PULSE_DURATION_MIN: point.pulse_duration_min,
            tables.TNF_CONCENTRATION: point.tnf_concentration,
            tables.REPLICATE: simulation.replicate,
            tables.SEED: simulation.seed,
            tables.ENGINE: engine_fingerprint,
        }
    )
