"""Column names and schemas of the tables that pass from step to step."""

from typing import Final

import pyarrow as pa

SIMULATION_ID: Final = "simulation_id"
TUMOR_RADIUS_UM: Final = "tumor_radius_um"
PULSE_PERIOD_MIN: Final = "pulse_period_min"
PULSE_DURATION_MIN: Final = "pulse_duration_min"
TNF_CONCENTRATION: Final = "tnf_concentration"
REPLICATE: Final = "replicate"
SEED: Final = "seed"
ENGINE: Final = "engine"
TIME_MIN: Final = "time_min"
ALIVE: Final = "alive"
APOPTOTIC: Final = "apoptotic"
NECROTIC: Final = "necrotic"
STATUS: Final = "status"
REASON: Final = "reason"
CPU_S: Final = "cpu_s"

STATUS_OK: Final = "ok"
STATUS_FAILED: Final = "failed"

PARAMETER_COLUMNS: Final = (PULSE_PERIOD_MIN, PULSE_DURATION_MIN, TNF_CONCENTRATION)
POINT_COLUMNS: Final = (TUMOR_RADIUS_UM, *PARAMETER_COLUMNS)
CELL_TYPES: Final = (ALIVE, APOPTOTIC, NECROTIC)


def _field(name: str, dtype: pa.DataType, unit: str, meaning: str) -> pa.Field:
    return pa.field(name, dtype, nullable=False, metadata={"unit": unit, "meaning": meaning})


_KEY_FIELDS: Final = (
    _field(SIMULATION_ID, pa.string(), "", "content hash of the simulation"),
    _field(TUMOR_RADIUS_UM, pa.int32(), "um", "initial tumour radius"),
    _field(PULSE_PERIOD_MIN, pa.int32(), "min", "time between the starts of two TNF pulses"),
    _field(PULSE_DURATION_MIN, pa.int32(), "min", "length of one TNF pulse"),
    _field(TNF_CONCENTRATION, pa.float64(), "relative", "TNF concentration of a pulse"),
    _field(REPLICATE, pa.int32(), "", "number of the independent repetition, from 0"),
    _field(SEED, pa.int64(), "", "seed of the simulation's random stream"),
    _field(ENGINE, pa.string(), "", "simulator, its version and time steps"),
)
TRAJECTORY_SCHEMA: Final = pa.schema(
    [
        *_KEY_FIELDS,
        _field(TIME_MIN, pa.int32(), "min", "simulated time"),
        _field(ALIVE, pa.int32(), "cells", "living cells"),
        _field(APOPTOTIC, pa.int32(), "cells", "apoptotic cells not yet removed"),
        _field(NECROTIC, pa.int32(), "cells", "necrotic cells that have not lysed"),
    ]
)
TRAJECTORY_COLUMNS: Final = tuple(TRAJECTORY_SCHEMA.names)

STATUS_SCHEMA: Final = pa.schema(
    [
        *_KEY_FIELDS,
        _field(STATUS, pa.string(), "", f"{STATUS_OK} or {STATUS_FAILED}"),
        _field(REASON, pa.string(), "", "why the simulation failed; empty where it did not"),
        _field(CPU_S, pa.float64(), "s", "CPU time of the simulation"),
    ]
)
