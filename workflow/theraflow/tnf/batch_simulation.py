"""Running one batch of simulations: what is known is taken over, the rest is simulated."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theraflow.campaign import tables
from theraflow.campaign.ledger import Ledger
from theraflow.campaign.pool import Outcome, run_tasks
from theraflow.errors import UserError
from theraflow.tnf.batch_files import SimulationRecord, find_finished, write_batch
from theraflow.tnf.batches import Batch
from theraflow.tnf.engines import OUTPUT_TIMES_MIN, Engine
from theraflow.tnf.simulation import Simulation, simulation_id

log = logging.getLogger(__name__)

_COUNTS_SHAPE = (len(OUTPUT_TIMES_MIN), len(tables.CELL_TYPES))
_PROGRESS_REPORTS = 20


def simulate_batch(
    batch: Batch, engine: Engine, batch_file: Path, *, workers: int, max_failed_fraction: float
) -> None:
    """Simulate a batch and write its two tables (see ``batch_files``).

    Finished simulations go to a ledger beside ``batch_file`` until the tables are written, so that
    a killed batch goes on where it was. Those that other batches in that folder have finished are
    taken over. The trajectories are the same bytes for any number of ``workers``.

    A simulation that fails is a row of the status table and fails nothing else. Raises
    ``UserError`` when more than ``max_failed_fraction`` of them fail.
    """
    members = {simulation_id(item, engine.fingerprint): item for item in batch.simulations}
    with Ledger(batch_file.with_suffix(".ledger")) as ledger:
        done = _good_records(ledger)
        log.info("%d of %d simulations are in the ledger", len(done), len(members))
        elsewhere = find_finished(batch_file.parent, members.keys() - done.keys())
        taken_over = {record.simulation_id: record for record in elsewhere}
        log.info("%d are taken over from other batches", len(taken_over))
        done |= taken_over
        to_do = [simulation for name, simulation in members.items() if name not in done]
        for record in _simulate(to_do, engine, workers):
            ledger.append(asdict(record))
            done[record.simulation_id] = record
    records = [done[name] for name in members]
    _check_failures(batch, records, max_failed_fraction)
    write_batch(batch, records, engine, batch_file)
    ledger.remove()


def _good_records(ledger: Ledger) -> dict[str, SimulationRecord]:
    """Return the finished simulations of a ledger; failed ones are given another chance."""
    records = [SimulationRecord(**content) for content in ledger.records]
    return {record.simulation_id: record for record in records if record.status == tables.STATUS_OK}


def _simulate(
    simulations: Sequence[Simulation], engine: Engine, workers: int
) -> Iterator[SimulationRecord]:
    if not simulations:
        return
    log.info("preparing %s; the first use on a machine compiles it", engine.label)
    engine.warm_up()
    log.info("%d to simulate with %d workers", len(simulations), workers)
    interval = max(1, len(simulations) // _PROGRESS_REPORTS)
    outcomes = run_tasks(simulations, partial(_simulate_one, engine), workers)
    for number, outcome in enumerate(outcomes, start=1):
        record = _record(outcome, engine)
        if record.status == tables.STATUS_FAILED:
            log.warning(
                "simulation %s with seed %d failed: %s",
                record.simulation_id,
                outcome.task.seed,
                record.reason,
            )
        if number % interval == 0 or number == len(simulations):
            log.info("%d of %d simulated", number, len(simulations))
        yield record


def _simulate_one(engine: Engine, simulation: Simulation) -> NDArray[np.int64]:
    counts = np.asarray(engine.simulate(simulation))
    if counts.shape != _COUNTS_SHAPE or counts.dtype.kind not in "iu" or counts.min() < 0:
        raise ValueError(
            f"the engine gave {counts.dtype} values of shape {counts.shape}, no counts of shape "
            f"{_COUNTS_SHAPE}"
        )
    return counts


def _record(outcome: Outcome[Simulation, NDArray[np.int64]], engine: Engine) -> SimulationRecord:
    failed = outcome.result is None
    return SimulationRecord(
        simulation_id=simulation_id(outcome.task, engine.fingerprint),
        status=tables.STATUS_FAILED if failed else tables.STATUS_OK,
        reason=outcome.reason,
        cpu_s=outcome.cpu_s or 0.0,
        counts=[] if outcome.result is None else outcome.result.tolist(),
    )


def _check_failures(
    batch: Batch, records: Sequence[SimulationRecord], max_failed_fraction: float
) -> None:
    reasons = Counter(record.reason for record in records if record.status == tables.STATUS_FAILED)
    if reasons.total() > max_failed_fraction * len(records):
        listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
        raise UserError(
            f"batch {batch.batch_id} (radius {batch.tumor_radius_um} um): {reasons.total()} of "
            f"{len(records)} simulations failed, more than tnf.batches.max_failed_fraction = "
            f"{max_failed_fraction:g} allows: {listed}; the others are kept, and the next run "
            "tries only the failed ones again"
        )
