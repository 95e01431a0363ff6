"""Attempts at pieces of work, noted in a journal as they begin and end.

A job opens with a ``job`` record, each piece of work with ``begin`` and ``end``, and a job that is
told to end leaves ``terminated``. Jobs come one after the other: what a job began and did not end
was killed with it, and the next job's opening says so. Where the file system has no locks two jobs
may write at once, so each record names its job.
"""

import os
import secrets
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Final

from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.journal import Journal
from theraflow.work.pool import Outcome
from theraflow.work.status import FINAL, Status

Row = dict[str, Any]

_EVENT: Final = "event"
_JOB, _BEGIN, _END, _TERMINATED = "job", "begin", "end", "terminated"
_AT: Final = "at"
_RESULT: Final = "result"
_BY: Final = "by"
_WITHOUT_A_WORD: Final = "its job ended without a word (out of memory, node failure, or killed)"


class Attempts:
    """The attempts at the pieces of work of one batch.

    ``earlier`` are rows of the ledger that a finished run of the same batch has left.
    """

    def __init__(
        self, journal: Journal, job: Job, work: str, batch: str, earlier: Sequence[Row] = ()
    ) -> None:
        self._journal = journal
        self._job = job
        self._earlier = list(earlier)
        self._name = secrets.token_hex(4)
        self._note(_JOB, {schema.WORK: work, schema.BATCH: batch, **asdict(job)})

    def add_earlier(self, rows: Iterable[Row]) -> None:
        """Add rows that another run has written to the ledger; repeated ones do not count."""
        self._earlier += rows

    def begin(self, key: str, seed: int) -> None:
        """Note that a piece of work begins."""
        self._note(_BEGIN, {schema.KEY: key, schema.SEED: seed, _AT: time.time()})

    def end(self, key: str, outcome: Outcome[Any, Any], result: object) -> None:
        """Record how a piece of work ended; ``result`` is plain data, None for none."""
        self._note(
            _END,
            {
                schema.KEY: key,
                schema.STATUS: outcome.status,
                schema.REASON: outcome.reason,
                schema.WALL_S: outcome.wall_s,
                schema.CPU_S: outcome.cpu_s,
                schema.PEAK_MEMORY_MB: outcome.peak_memory_mb,
                _RESULT: result,
            },
        )

    def final_results(self) -> dict[str, Any]:
        """Return, by key, the results of what needs no other attempt: None for what is rejected."""
        return {
            record[schema.KEY]: record[_RESULT]
            for record in self._journal.records
            if record.get(_EVENT) == _END and record[schema.STATUS] in FINAL
        }

    def rows(self) -> list[Row]:
        """Return the ledger: one row per attempt, numbered from 1 for each piece of work."""
        return number_attempts([*self._earlier, *attempt_rows(self._journal.records)])

    @contextmanager
    def noting_termination(self) -> Iterator[None]:
        """Leave word in the journal when a SIGTERM ends this process; for the main thread."""

        def leave_word(number: int, _frame: FrameType | None) -> None:
            status, reason = self._job.termination()
            self._note(
                _TERMINATED,
                {schema.STATUS: status, schema.REASON: reason, _AT: time.time()},
            )
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

        before = signal.signal(signal.SIGTERM, leave_word)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    def _note(self, event: str, content: Mapping[str, Any]) -> None:
        self._journal.append({_EVENT: event, _BY: self._name, **content})


def attempt_rows(records: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Make rows of the ledger from the records of a journal, in the order of their ends.

    What has begun and not ended has the status ``schema.UNFINISHED``: it is under way, or was
    killed with its job and no other job has come yet. The rows have no number yet.
    """
    rows: list[Row] = []
    jobs: dict[str, Mapping[str, Any]] = {}
    under_way: dict[tuple[str, str], Row] = {}
    for record in records:
        event, name = record.get(_EVENT), record.get(_BY, "")
        if event == _JOB:
            jobs[name] = record
        elif event == _TERMINATED:
            ended = {key: row for key, row in under_way.items() if key[0] == name}
            rows += _closed(ended, record[schema.STATUS], record[schema.REASON], record[_AT])
            under_way = {key: row for key, row in under_way.items() if key not in ended}
        elif event == _BEGIN:
            under_way[name, record[schema.KEY]] = _begun(jobs[name], record)
        elif event == _END:
            row = under_way.pop((name, record[schema.KEY]))
            rows.append(row | {column: record[column] for column in _TOLD_AT_THE_END})
    last = next(reversed(jobs), "")
    lost = {key: row for key, row in under_way.items() if key[0] != last}
    rows += _closed(lost, Status.KILLED, _WITHOUT_A_WORD, None)
    return rows + [row for key, row in under_way.items() if key not in lost]


_TOLD_AT_THE_END: Final = (
    schema.STATUS,
    schema.REASON,
    schema.WALL_S,
    schema.CPU_S,
    schema.PEAK_MEMORY_MB,
)


def _begun(job: Mapping[str, Any], record: Mapping[str, Any]) -> Row:
    return {
        schema.WORK: job[schema.WORK],
        schema.KEY: record[schema.KEY],
        schema.SEED: record[schema.SEED],
        schema.STATUS: schema.UNFINISHED,
        schema.REASON: "",
        schema.BATCH: job[schema.BATCH],
        schema.HOST: job["host"],
        schema.SLURM_JOB_ID: job["slurm_job_id"],
        # A timestamp of the table has milliseconds.
        schema.STARTED: datetime.fromtimestamp(round(record[_AT], 3), UTC),
        schema.WALL_S: None,
        schema.CPU_S: None,
        schema.PEAK_MEMORY_MB: None,
        schema.LOG: job["log"],
    }


def _closed(
    under_way: Mapping[tuple[str, str], Row], status: str, reason: str, at: float | None
) -> list[Row]:
    """Return what was under way as ended at a time (None: unknown)."""
    return [
        row
        | {schema.STATUS: status, schema.REASON: reason}
        | {schema.WALL_S: None if at is None else max(0.0, at - row[schema.STARTED].timestamp())}
        for row in under_way.values()
    ]


def number_attempts(rows: Iterable[Row]) -> list[Row]:
    """Give attempts numbers, from 1 for each piece of work by their start.

    Of rows that repeat an attempt, one counts: that of a job which saw its end, where there is one.
    """
    by_their_end = sorted(rows, key=lambda row: row[schema.WALL_S] is not None)
    distinct = {(row[schema.KEY], row[schema.STARTED]): row for row in by_their_end}
    numbered, numbers = [], dict[str, int]()
    for row in sorted(distinct.values(), key=lambda row: (row[schema.STARTED], row[schema.KEY])):
        key = row[schema.KEY]
        numbers[key] = numbers.get(key, 0) + 1
        numbered.append(row | {schema.ATTEMPT: numbers[key]})
    return numbered
