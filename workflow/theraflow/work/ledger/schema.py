"""Column names and schema of the ledger: one row per attempt at a piece of work."""

from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.work.status import Status

WORK: Final = "work"
KEY: Final = "key"
SEED: Final = "seed"
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

LEDGER_SCHEMA: Final = pa.schema(
    [
        field(WORK, pa.string(), "", f"kind of work: {SIMULATION}, {GROWTH} or {SEARCH}"),
        field(KEY, pa.string(), "", "content hash of the piece of work"),
        field(SEED, pa.int64(), "", "seed of its random stream"),
        field(ATTEMPT, pa.int32(), "", "number of the attempt at this piece of work, from 1"),
        field(STATUS, pa.string(), "", f"class of its end: {', '.join(Status)}"),
        field(REASON, pa.string(), "", "why it is not ok; empty where it is"),
        field(BATCH, pa.string(), "", "name of the batch or search whose job made the attempt"),
        field(HOST, pa.string(), "", "computer that it ran on"),
        field(SLURM_JOB_ID, pa.string(), "", "Slurm's id of the job; empty outside Slurm"),
        field(STARTED, pa.timestamp("ms", "UTC"), "", "when the attempt began"),
        field(WALL_S, pa.float64(), "s", "wall time; null where no one saw its end", nullable=True),
        field(CPU_S, pa.float64(), "s", "CPU time; null where it died untold", nullable=True),
        field(
            PEAK_MEMORY_MB,
            pa.float64(),
            "MiB",
            "largest resident size; null where it died untold",
            nullable=True,
        ),
        field(LOG, pa.string(), "", "log of the job, relative to the working directory"),
    ]
)
