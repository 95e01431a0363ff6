"""Running one batch of simulations: its pieces, its known results and its tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.study import BatchesConfig
from theraflow.tnf import tables
from theraflow.tnf.campaign.batch_files import find_finished, write_batch
from theraflow.tnf.campaign.batches import Batch
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.simulation import Simulation, output_times_min, simulation_id
from theraflow.work.batch import Known, Piece, Tolerance, Work, run_batch
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row
from theraflow.work.pool import Outcome
from theraflow.work.status import AttemptError, Status

Counts = NDArray[np.int64]


def simulation_budget(policy: BatchesConfig) -> FailureBudget:
    """Return how many failed simulations the whole campaign tolerates."""
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

    What this or another batch in that folder has finished is taken over; ``siblings`` name the
    batches that share no simulation with it. The trajectories are the same bytes for any number of
    ``workers``. Raises ``UserError`` as ``run_batch`` does.
    """
    tolerance = Tolerance(
        policy.max_failed_fraction,
        "tnf.batches.max_failed_fraction",
        policy.simulation_time_limit_s,
    )
    work = _Simulations(batch, engine, batch_file, siblings)
    run_batch(work, batch_file, job, tolerance, budget, workers=workers)


@dataclass(frozen=True)
class _Simulations(Work[Simulation, Counts]):
    batch: Batch
    engine: Engine
    batch_file: Path
    siblings: Collection[str]
    kind: ClassVar[str] = schema.SIMULATION

    def pieces(self) -> Sequence[Piece[Simulation]]:
        return [
            Piece(simulation_id(item, self.engine.fingerprint), item.seed, item)
            for item in self.batch.simulations
        ]

    def prepare(self) -> None:
        self.engine.warm_up()

    def perform(self, task: Simulation) -> Counts:
        counts = np.asarray(self.engine.simulate(task))
        shape = (len(output_times_min(task.horizon_min)), len(tables.CELL_TYPES))
        if counts.shape != shape or counts.dtype.kind not in "iu" or counts.min() < 0:
            raise AttemptError(
                Status.REJECTED,
                f"the engine gave {counts.dtype} values of shape {counts.shape}, no counts of "
                f"shape {shape}",
            )
        return counts

    def record(
        self, outcome: Outcome[Simulation, Counts]
    ) -> tuple[Outcome[Simulation, Counts], list[list[int]] | None]:
        return outcome, None if outcome.result is None else outcome.result.tolist()

    def known(self, missing: Collection[str], earlier: Sequence[Row]) -> Iterable[Known]:
        rejected = {row[schema.KEY] for row in earlier if row[schema.STATUS] == Status.REJECTED}
        wanted = set(missing) - rejected
        return (
            Known(finished.simulation_id, finished.counts, finished.row)
            for finished in find_finished(self.batch_file.parent, wanted, self.siblings)
        )

    def write(self, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
        write_batch(self.batch, results, rows, self.engine, self.batch_file)
