"""Attempts at pieces of work, noted in a journal as they begin and end.

A journal tells of jobs one after the other: a job opens with a ``job`` record, each piece of work
with ``begin`` and ``end``, and a job that is told to end leaves ``terminated``. What a job began
and did not end was killed with it: the next job's opening says so.
"""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Final

from theraflow.campaign import tables
from theraflow.campaign.job import Job
from theraflow.campaign.journal import Journal
from theraflow.campaign.pool import Outcome
from theraflow.campaign.status import FINAL, Status, class_of
from theraflow.campaign.usage import Usage

Row = dict[str, Any]

_EVENT: Final = "event"
_JOB, _BEGIN, _END, _TERMINATED = "job", "begin", "end", "terminated"
_AT: Final = "at"
_RESULT: Final = "result"
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
        self._earlier = earlier
        journal.append({_EVENT: _JOB, tables.WORK: work, tables.BATCH: batch, **asdict(job)})

    def begin(self, key: str, seed: int) -> None:
        """Note that a piece of work begins."""
        self._journal.append({_EVENT: _BEGIN, tables.KEY: key, tables.SEED: seed, _AT: time.time()})

    def end(self, key: str, outcome: Outcome[Any, Any], result: object) -> None:
        """Note what became of a piece of work; ``result`` is plain data, None for none."""
        self._journal.append(
            {
                _EVENT: _END,
                tables.KEY: key,
                tables.STATUS: outcome.status,
                tables.REASON: outcome.reason,
                tables.WALL_S: outcome.wall_s,
                tables.CPU_S: outcome.cpu_s,
                tables.PEAK_MEMORY_MB: outcome.peak_memory_mb,
                _RESULT: result,
            }
        )

    @contextmanager
    def noting(self, key: str, seed: int) -> Iterator[None]:
        """Note the block as one attempt, which fails with what it raises."""
        self.begin(key, seed)
        usage, started = Usage(), time.monotonic()

        def end(status: Status, reason: str) -> None:
            used = time.monotonic() - started, usage.cpu_s(), usage.peak_memory_mb()
            self.end(key, Outcome[str, None](key, None, status, reason, *used), None)

        try:
            yield
        except Exception as error:
            end(*class_of(error))
            raise
        end(Status.OK, "")

    def final_results(self) -> dict[str, Any]:
        """Return, by key, the results of what needs no other attempt: None for what is rejected."""
        return {
            record[tables.KEY]: record[_RESULT]
            for record in self._journal.records
            if record.get(_EVENT) == _END and record[tables.STATUS] in FINAL
        }

    def rows(self) -> list[Row]:
        """Return the ledger: one row per attempt, numbered from 1 for each piece of work."""
        return number_attempts([*self._earlier, *attempt_rows(self._journal.records)])

    @contextmanager
    def noting_termination(self) -> Iterator[None]:
        """Leave word in the journal when a SIGTERM ends this process; for the main thread."""

        def leave_word(number: int, _frame: FrameType | None) -> None:
            status, reason = self._job.termination()
            self._journal.append(
                {
                    _EVENT: _TERMINATED,
                    tables.STATUS: status,
                    tables.REASON: reason,
                    _AT: time.time(),
                }
            )
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

        before = signal.signal(signal.SIGTERM, leave_word)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)


def attempt_rows(records: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Make rows of the ledger from the records of a journal, in the order of their ends.

    What has begun and not ended has the status ``tables.UNFINISHED``: it is under way, or was
    killed with its job and no other job has come yet. The rows have no number yet.
    """
    rows: list[Row] = []
    under_way: dict[str, Row] = {}
    job: Mapping[str, Any] = {}
    for record in records:
        event = record.get(_EVENT)
        if event == _JOB:
            rows += _close(under_way, Status.KILLED, _WITHOUT_A_WORD, None)
            job = record
        elif event == _TERMINATED:
            rows += _close(
                under_way, record[tables.STATUS], record[tables.REASON], float(record[_AT])
            )
        elif event == _BEGIN:
            under_way[record[tables.KEY]] = _begun(job, record)
        elif event == _END:
            row = under_way.pop(record[tables.KEY])
            rows.append(row | {name: record[name] for name in _TOLD_AT_THE_END})
    return rows + list(under_way.values())


_TOLD_AT_THE_END: Final = (
    tables.STATUS,
    tables.REASON,
    tables.WALL_S,
    tables.CPU_S,
    tables.PEAK_MEMORY_MB,
)


def _begun(job: Mapping[str, Any], record: Mapping[str, Any]) -> Row:
    return {
        tables.WORK: job[tables.WORK],
        tables.KEY: record[tables.KEY],
        tables.SEED: record[tables.SEED],
        tables.STATUS: tables.UNFINISHED,
        tables.REASON: "",
        tables.BATCH: job[tables.BATCH],
        tables.HOST: job["host"],
        tables.SLURM_JOB_ID: job["slurm_job_id"],
        # A timestamp of the table has milliseconds.
        tables.STARTED: datetime.fromtimestamp(round(record[_AT], 3), UTC),
        tables.WALL_S: None,
        tables.CPU_S: None,
        tables.PEAK_MEMORY_MB: None,
        tables.LOG: job["log"],
    }


def _close(under_way: dict[str, Row], status: str, reason: str, at: float | None) -> list[Row]:
    """Return, as ended at a time (None: unknown), what is under way; nothing is any more."""
    closed = [
        row
        | {tables.STATUS: status, tables.REASON: reason}
        | {tables.WALL_S: None if at is None else max(0.0, at - row[tables.STARTED].timestamp())}
        for row in under_way.values()
    ]
    under_way.clear()
    return closed


def number_attempts(rows: Iterable[Row]) -> list[Row]:
    """Give attempts numbers, from 1 for each piece of work by their start; repeated rows go."""
    distinct = {(row[tables.KEY], row[tables.STARTED]): row for row in rows}
    numbered, numbers = [], dict[str, int]()
    for row in sorted(distinct.values(), key=lambda row: (row[tables.STARTED], row[tables.KEY])):
        key = row[tables.KEY]
        numbers[key] = numbers.get(key, 0) + 1
        numbered.append(row | {tables.ATTEMPT: numbers[key]})
    return numbered
