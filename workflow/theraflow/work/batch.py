"""Running one batch of work: what is known is taken over, the rest is done, and all of it is kept.

Simulations, growths and searches differ in what a piece of work is and in which files it ends up;
they share this order of events. Attempts and their results go to a journal beside the batch's file
until its tables are written, so that a killed batch goes on where it was.
"""

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar

from theraflow.core.errors import UserError
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Attempts, Row
from theraflow.work.ledger.files import JOURNAL_SUFFIX, LEDGER_SUFFIX, read_own_rows
from theraflow.work.ledger.journal import Journal
from theraflow.work.pool import Outcome, run_tasks_surely
from theraflow.work.status import Status

log = logging.getLogger(__name__)

Task = TypeVar("Task")
Result = TypeVar("Result")

_PROGRESS_REPORTS: Final = 20


@dataclass(frozen=True)
class Piece(Generic[Task]):
    """A piece of work: the hash of all that decides it, the seed of its random stream, the task."""

    key: str
    seed: int
    task: Task


@dataclass(frozen=True)
class Known:
    """The result of a piece of work that an earlier run or another batch has done.

    ``result`` is plain data, as ``Work.record`` gives it; ``row`` is that of the other batch's
    ledger, None where this batch's own ledger tells of it.
    """

    key: str
    result: Any
    row: Row | None = None


@dataclass(frozen=True)
class Tolerance:
    """How many pieces of a batch may fail before the batch does, and how long one may take (s).

    ``setting`` is the config key of the share; without one, none may fail.
    """

    max_failed_fraction: float = 0.0
    setting: str = ""
    time_limit_s: float | None = None


class Work(ABC, Generic[Task, Result]):
    """The work of one batch; picklable or not, as worker processes are forked."""

    kind: ClassVar[str]

    @abstractmethod
    def pieces(self) -> Sequence[Piece[Task]]:
        """List the pieces of the batch, in their order."""

    def prepare(self) -> None:
        """Do what all pieces share, once, before workers are forked; only when there are any."""

    @abstractmethod
    def perform(self, task: Task) -> Result:
        """Do a piece of work, in a worker process; what it raises is its failure."""

    @abstractmethod
    def record(self, outcome: Outcome[Task, Result]) -> tuple[Outcome[Task, Result], Any]:
        """Judge an outcome, and reduce its result to plain data: None for none."""

    def known(self, missing: Collection[str], earlier: Sequence[Row]) -> Iterable[Known]:
        """Find results that earlier runs have left; ``earlier`` are this batch's ledger rows."""
        del missing, earlier
        return ()

    @abstractmethod
    def write(self, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
        """Write the tables of the batch: its ledger, then results by key.

        A job whose disk is full between them must not leave results that look finished, as
        Snakemake may be unable to note that the job has failed.
        """


def run_batch(
    work: Work[Task, Result],
    batch_file: Path,
    job: Job,
    tolerance: Tolerance,
    budget: FailureBudget,
    *,
    workers: int,
) -> None:
    """Do the work of a batch and write its tables.

    A piece that fails is a row of the ledger and fails nothing else. Raises ``UserError`` when more
    of them fail than ``tolerance`` allows for the batch, or ``budget`` for the campaign; what is
    done is kept, and the next run tries only the failed ones again.
    """
    batch = batch_file.stem
    ledger_file = batch_file.with_suffix(LEDGER_SUFFIX)
    earlier = read_own_rows(ledger_file)
    pieces = {piece.key: piece for piece in work.pieces()}
    with Journal(batch_file.with_suffix(JOURNAL_SUFFIX)) as journal:
        attempts = Attempts(journal, job, work.kind, batch, earlier)
        settled = attempts.final_results()
        log.info("%d of %d are in the journal", len(settled), len(pieces))
        taken_over = list(work.known(pieces.keys() - settled.keys(), earlier))
        log.info("%d are taken over from earlier runs", len(taken_over))
        settled |= {known.key: known.result for known in taken_over}
        for row in earlier:
            if row[schema.STATUS] == Status.REJECTED:
                settled.setdefault(row[schema.KEY], None)
        to_do = [piece for key, piece in pieces.items() if key not in settled]
        results = {key: result for key, result in settled.items() if result is not None}
        performed = _perform(work, to_do, attempts, tolerance.time_limit_s, workers)
        with attempts.noting_termination(), closing(performed):
            for key, result in performed:
                if result is not None:
                    results[key] = result
                    continue
                budget.note(batch, len(_failures(attempts.rows(), pieces.keys() - results)))
                budget.check()
        # Without locks, another job may have added to the journal or written the ledger since.
        journal.refresh()
        attempts.add_earlier(read_own_rows(ledger_file))
        rows = attempts.rows()
        failures = _failures(rows, pieces.keys() - results)
        budget.note(batch, len(failures))
        _check_failures(batch, failures, len(pieces), tolerance)
        foreign = [known.row for known in taken_over if known.row is not None]
        work.write(results, rows + [row for row in foreign if row[schema.BATCH] != batch])
        journal.remove()


def _perform(
    work: Work[Task, Result],
    pieces: Sequence[Piece[Task]],
    attempts: Attempts,
    time_limit_s: float | None,
    workers: int,
) -> Generator[tuple[str, Any]]:
    """Do pieces of work, note every attempt, and yield keys with results, or None for a failure."""
    if not pieces:
        return
    work.prepare()
    log.info("%d to do with %d workers", len(pieces), workers)

    def note(outcome: Outcome[int, Result]) -> tuple[str, Any]:
        piece = pieces[outcome.task]
        judged, result = work.record(outcome.of_task(piece.task))
        attempts.end(piece.key, judged, result)
        _log_end(work.kind, piece, judged)
        return piece.key, result

    interval = max(1, len(pieces) // _PROGRESS_REPORTS)
    outcomes = run_tasks_surely(
        range(len(pieces)),
        lambda index: work.perform(pieces[index].task),
        workers,
        time_limit_s=time_limit_s,
        on_start=lambda index: attempts.begin(pieces[index].key, pieces[index].seed),
        on_kill=note,
    )
    for number, outcome in enumerate(outcomes, start=1):
        noted = note(outcome)
        if number % interval == 0 or number == len(pieces):
            log.info("%d of %d done", number, len(pieces))
        yield noted


def _log_end(kind: str, piece: Piece[Task], outcome: Outcome[Task, Any]) -> None:
    if outcome.status is not Status.OK:
        # A rejection is a result; of a large population a third are.
        log.log(
            logging.DEBUG if outcome.status is Status.REJECTED else logging.WARNING,
            "%s %s with seed %d is %s: %s",
            kind,
            piece.key,
            piece.seed,
            outcome.status,
            outcome.reason,
        )


def _failures(rows: Sequence[Row], without_result: Collection[str]) -> list[Row]:
    """Return the last attempt at each piece of work that has no result."""
    last = {row[schema.KEY]: row for row in rows if row[schema.KEY] in without_result}
    return [row for row in last.values() if row[schema.STATUS] != schema.UNFINISHED]


def _check_failures(batch: str, failures: Sequence[Row], pieces: int, tolerance: Tolerance) -> None:
    if len(failures) > tolerance.max_failed_fraction * pieces:
        reasons = Counter(row[schema.REASON] for row in failures)
        listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
        limit = f", more than {tolerance.setting} = {tolerance.max_failed_fraction:g} allows"
        raise UserError(
            f"{failures[0][schema.WORK]} batch {batch}: {len(failures)} of {pieces} failed"
            f"{limit if tolerance.setting else ''}: {listed}; what is done is kept, and the next "
            "run tries only what failed again"
        )
