"""Column names and schemas of the tables that pass from step to step."""

from typing import Final

import pyarrow as pa

from theraflow.campaign.status import Status

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

WORK: Final = "work"
KEY: Final = "key"
ATTEMPT: Final = "attempt"
STATUS: Final = "status"
REASON: Final = "reason"
BATCH: Final = "batch"
HOST: Final = "host"
SLURM_JOB_ID: Final = "slurm_job_id"
STARTED: Final = "started"
WALL_S: Final = "wall_s"
CPU_S: Final = "cpu_s"
PEAK_MEMORY_MB: Final = "peak_memory_mb"
LOG: Final = "log"

# What a running campaign's ledger adds to the classes of `Status`; no table on disk holds it.
UNFINISHED: Final = "unfinished"

SIMULATION: Final = "simulation"
GROWTH: Final = "growth"
SEARCH: Final = "search"

PARAMETER_COLUMNS: Final = (PULSE_PERIOD_MIN, PULSE_DURATION_MIN, TNF_CONCENTRATION)
POINT_COLUMNS: Final = (TUMOR_RADIUS_UM, *PARAMETER_COLUMNS)
CELL_TYPES: Final = (ALIVE, APOPTOTIC, NECROTIC)


def _field(
    name: str, dtype: pa.DataType, unit: str, meaning: str, *, nullable: bool = False
) -> pa.Field:
    return pa.field(name, dtype, nullable, metadata={"unit": unit, "meaning": meaning})


_PARAMETER_FIELDS: Final = (
    _field(TUMOR_RADIUS_UM, pa.int32(), "um", "initial tumour radius"),
    _field(PULSE_PERIOD_MIN, pa.int32(), "min", "time between the starts of two TNF pulses"),
    _field(PULSE_DURATION_MIN, pa.int32(), "min", "length of one TNF pulse"),
    _field(TNF_CONCENTRATION, pa.float64(), "relative", "TNF concentration of a pulse"),
    _field(REPLICATE, pa.int32(), "", "number of the independent repetition, from 0"),
)
_ENGINE_FIELD: Final = _field(ENGINE, pa.string(), "", "simulator, its version and time steps")
TRAJECTORY_SCHEMA: Final = pa.schema(
    [
        _field(SIMULATION_ID, pa.string(), "", "content hash of the simulation"),
        *_PARAMETER_FIELDS,
        _field(SEED, pa.int64(), "", "seed of the simulation's random stream"),
        _ENGINE_FIELD,
        _field(TIME_MIN, pa.int32(), "min", "simulated time"),
        _field(ALIVE, pa.int32(), "cells", "living cells"),
        _field(APOPTOTIC, pa.int32(), "cells", "apoptotic cells not yet removed"),
        _field(NECROTIC, pa.int32(), "cells", "necrotic cells that have not lysed"),
    ]
)
TRAJECTORY_COLUMNS: Final = tuple(TRAJECTORY_SCHEMA.names)

LEDGER_SCHEMA: Final = pa.schema(
    [
        _field(WORK, pa.string(), "", f"kind of work: {SIMULATION}, {GROWTH} or {SEARCH}"),
        _field(KEY, pa.string(), "", "content hash of the piece of work"),
        _field(SEED, pa.int64(), "", "seed of its random stream"),
        _field(ATTEMPT, pa.int32(), "", "number of the attempt at this piece of work, from 1"),
        _field(STATUS, pa.string(), "", f"class of its end: {', '.join(Status)}"),
        _field(REASON, pa.string(), "", "why it is not ok; empty where it is"),
        _field(BATCH, pa.string(), "", "name of the batch or search whose job made the attempt"),
        _field(HOST, pa.string(), "", "computer that it ran on"),
        _field(SLURM_JOB_ID, pa.string(), "", "Slurm's id of the job; empty outside Slurm"),
        _field(STARTED, pa.timestamp("ms", "UTC"), "", "when the attempt began"),
        _field(
            WALL_S, pa.float64(), "s", "wall time; null where no one saw its end", nullable=True
        ),
        _field(CPU_S, pa.float64(), "s", "CPU time; null where it died untold", nullable=True),
        _field(
            PEAK_MEMORY_MB,
            pa.float64(),
            "MiB",
            "largest resident size; null where it died untold",
            nullable=True,
        ),
        _field(LOG, pa.string(), "", "log of the job, relative to the working directory"),
    ]
)
SIMULATION_LEDGER_SCHEMA: Final = pa.schema([*LEDGER_SCHEMA, *_PARAMETER_FIELDS, _ENGINE_FIELD])
