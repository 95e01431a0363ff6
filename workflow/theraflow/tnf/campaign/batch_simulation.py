"""Running one batch of simulations: what is known is taken over, the rest is simulated."""

import logging
from collections import Counter
from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.study import BatchesConfig
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.campaign.batch_files import Counts, find_finished, ledger_path, write_batch
from theraflow.tnf.campaign.batches import Batch
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import OUTPUT_TIMES_MIN, Simulation, simulation_id
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Attempts, Row
from theraflow.work.ledger.files import JOURNAL_SUFFIX, read_own_rows
from theraflow.work.ledger.journal import Journal
from theraflow.work.pool import Outcome, run_tasks
from theraflow.work.status import AttemptError, Status

log = logging.getLogger(__name__)

_COUNTS_SHAPE = (len(OUTPUT_TIMES_MIN), len(tables.CELL_TYPES))
_PROGRESS_REPORTS = 20


def simulation_budget(policy: BatchesConfig) -> FailureBudget:
    """Return how many failed simulations the whole campaign bears."""
    setting = "tnf.batches.max_failed_simulations"
    return FailureBudget(Path("results/tnf/failures"), policy.max_failed_simulations, setting)


def simulate_batch(
    batch: Batch,
    engine: Engine,
    batch_file: Path,
    job: Job,
    policy: BatchesConfig,
    budget: FailureBudget,
    *,
    workers: int,
    siblings: Collection[str] = frozenset(),
) -> None:
    """Simulate a batch and write its two tables (see ``batch_files``).

    Attempts and their results go to a journal beside ``batch_file`` until the tables are written,
    so that a killed batch goes on where it was. What this or another batch in that folder has
    finished is taken over; ``siblings`` name the batches that share no simulation with it. The
    trajectories are the same bytes for any number of ``workers``.

    A simulation that fails is a row of the ledger and fails nothing else. Raises ``UserError``
    when more of them fail than ``policy`` allows for the batch, or ``budget`` for the campaign.
    """
    members = {simulation_id(item, engine.fingerprint): item for item in batch.simulations}
    earlier = read_own_rows(ledger_path(batch_file))
    with Journal(batch_file.with_suffix(JOURNAL_SUFFIX)) as journal:
        attempts = Attempts(journal, job, schema.SIMULATION, batch.batch_id, earlier)
        counts: dict[str, Counts] = {}
        settled = {row[schema.KEY] for row in earlier if row[schema.STATUS] == Status.REJECTED}
        for name, result in attempts.final_results().items():
            settled.add(name)
            if result is not None:
                counts[name] = result
        log.info("%d of %d simulations are in the journal", len(settled), len(members))
        taken_over = list(find_finished(batch_file.parent, members.keys() - settled, siblings))
        log.info("%d are taken over from finished batches", len(taken_over))
        counts |= {finished.simulation_id: finished.counts for finished in taken_over}
        settled |= counts.keys()
        to_do = [simulation for name, simulation in members.items() if name not in settled]
        simulated = _simulate(to_do, engine, attempts, policy, workers)
        with attempts.noting_termination(), closing(simulated):
            for name, result in simulated:
                if result is not None:
                    counts[name] = result
                    continue
                budget.note(batch.batch_id, len(_failures(attempts.rows(), counts)))
                budget.check()
        own_rows = attempts.rows()
        failures = _failures(own_rows, counts)
        budget.note(batch.batch_id, len(failures))
        _check_failures(batch, failures, policy)
        foreign_rows = [item.row for item in taken_over if item.row[schema.BATCH] != batch.batch_id]
        write_batch(batch, counts, own_rows + foreign_rows, engine, batch_file)
        journal.remove()


def _simulate(
    simulations: Sequence[Simulation],
    engine: Engine,
    attempts: Attempts,
    policy: BatchesConfig,
    workers: int,
) -> Generator[tuple[str, Counts | None]]:
    """Simulate, note every attempt, and yield ids with counts, or with None for a failure."""
    if not simulations:
        return
    log.info("preparing %s; the first use on a machine compiles it", engine.label)
    engine.warm_up()
    log.info("%d to simulate with %d workers", len(simulations), workers)
    interval = max(1, len(simulations) // _PROGRESS_REPORTS)
    outcomes = run_tasks(
        simulations,
        partial(_simulate_one, engine),
        workers,
        time_limit_s=policy.simulation_time_limit_s,
        on_start=lambda item: attempts.begin(simulation_id(item, engine.fingerprint), item.seed),
    )
    for number, outcome in enumerate(outcomes, start=1):
        name = simulation_id(outcome.task, engine.fingerprint)
        counts = None if outcome.result is None else outcome.result.tolist()
        attempts.end(name, outcome, counts)
        if counts is None:
            _warn(name, outcome)
        if number % interval == 0 or number == len(simulations):
            log.info("%d of %d simulated", number, len(simulations))
        yield name, counts


def _simulate_one(engine: Engine, simulation: Simulation) -> NDArray[np.int64]:
    counts = np.asarray(engine.simulate(simulation))
    if counts.shape != _COUNTS_SHAPE or counts.dtype.kind not in "iu" or counts.min() < 0:
        raise AttemptError(
            Status.REJECTED,
            f"the engine gave {counts.dtype} values of shape {counts.shape}, no counts of shape "
            f"{_COUNTS_SHAPE}",
        )
    return counts


def _warn(name: str, outcome: Outcome[Simulation, NDArray[np.int64]]) -> None:
    log.warning(
        "simulation %s with seed %d is %s: %s",
        name,
        outcome.task.seed,
        outcome.status,
        outcome.reason,
    )


def _failures(rows: Sequence[Row], succeeded: Collection[str]) -> list[Row]:
    """Return the last attempt at each simulation that has not succeeded."""
    last = {row[schema.KEY]: row for row in rows if row[schema.KEY] not in succeeded}
    return [row for row in last.values() if row[schema.STATUS] != schema.UNFINISHED]


def _check_failures(batch: Batch, failures: Sequence[Row], policy: BatchesConfig) -> None:
    reasons = Counter(row[schema.REASON] for row in failures)
    if reasons.total() > policy.max_failed_fraction * len(batch.simulations):
        listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
        raise UserError(
            f"batch {batch.batch_id} (radius {batch.tumor_radius_um} um): {reasons.total()} of "
            f"{len(batch.simulations)} simulations failed, more than "
            f"tnf.batches.max_failed_fraction = {policy.max_failed_fraction:g} allows: {listed}; "
            "the others are kept, and the next run tries only the failed ones again"
        )
