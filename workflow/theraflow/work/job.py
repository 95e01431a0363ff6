"""The job that works: where it runs, since when, and until when it may."""

import os
import socket
import time
from dataclasses import dataclass
from typing import Final, Self

from theraflow.work.status import Status

# Slurm looks at time limits every half minute or so.
_NEAR_THE_END_S: Final = 60.0
_SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True)
class Job:
    """A process that attempts pieces of work; times are seconds since 1970."""

    host: str
    slurm_job_id: str
    log: str
    started_at: float
    ends_at: float | None

    @classmethod
    def here(cls, log: str = "", runtime_min: float | None = None) -> Self:
        """Describe this process.

        ``log`` is the path of its log, ``runtime_min`` what it asked of the scheduler (min). Of
        Slurm's own variables, its plugin for Snakemake hands on the ids only to tasks of an array;
        hence ``runtime_min``.
        """
        slurm_job_id, now = _slurm_job_id(), time.time()
        ends_at = None
        if slurm_job_id and runtime_min is not None:
            ends_at = now + runtime_min * _SECONDS_PER_MINUTE
        told = os.environ.get("SLURM_JOB_END_TIME", "")
        if told.isdigit():
            ends_at = float(told)
        return cls(socket.gethostname(), slurm_job_id, log, now, ends_at)

    def termination(self) -> tuple[Status, str]:
        """Say what a SIGTERM that comes now means."""
        if self.ends_at is not None and time.time() >= self.ends_at - _NEAR_THE_END_S:
            return Status.TIMED_OUT, "the time limit of its job was reached"
        return Status.KILLED, "its job was ended by SIGTERM (cancelled, or its node taken away)"


def _slurm_job_id() -> str:
    """Return the id as ``squeue`` and ``sacct`` know it; empty outside Slurm."""
    array, task = (os.environ.get(f"SLURM_ARRAY_{name}_ID") for name in ("JOB", "TASK"))
    if array and task:
        return f"{array}_{task}"
    return os.environ.get("SLURM_JOB_ID", "")
