"""One therapy search as a batch of one piece of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.identity import content_hash
from theraflow.core.parquet import write_table
from theraflow.crc.search.algorithms import find_algorithm
from theraflow.crc.search.budget import Budget
from theraflow.crc.search.files import history_path, write_search
from theraflow.crc.search.search import SearchResult, search_therapy
from theraflow.work.batch import Known, Piece, Tolerance, Work, run_batch
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row
from theraflow.work.ledger.files import LEDGER_SUFFIX
from theraflow.work.pool import Outcome
from theraflow.work.status import FINAL


def attempt_search(
    problem_file: Path,
    patient: int,
    algorithm: str,
    seed: int,
    result_file: Path,
    job: Job,
    therapy: TherapyConfig,
    search: SearchConfig,
    provenance: dict[str, Any],
) -> None:
    """Search, and write improvements, result and ledger; raises ``UserError`` when it fails.

    The improvements (``.parquet``) and the ledger lie beside ``result_file``. A search that an
    earlier job has finished is verified and written, but is no further attempt.
    """
    work = _Search(problem_file, patient, algorithm, seed, result_file, therapy, search, provenance)
    no_budget = FailureBudget(result_file.parent / "failures", None, "")
    run_batch(work, result_file, job, Tolerance(), no_budget, workers=1)


@dataclass(frozen=True)
class _Search(Work[None, SearchResult]):
    problem_file: Path
    patient: int
    algorithm: str
    seed: int
    result_file: Path
    therapy: TherapyConfig
    search: SearchConfig
    provenance: dict[str, Any]
    kind: ClassVar[str] = schema.SEARCH

    @property
    def _history_file(self) -> Path:
        algorithm = find_algorithm(self.algorithm, self.search)
        return history_path(
            self.result_file.parent, self.problem_file, self.algorithm, algorithm, self.seed
        )

    def pieces(self) -> Sequence[Piece[None]]:
        budget = (self.search.budget_seconds, self.search.budget_evaluations)
        key = content_hash({"history": self._history_file.name, "budget": budget})
        return [Piece(key, self.seed, None)]

    def perform(self, task: None) -> SearchResult:
        del task
        return search_therapy(
            self.problem_file,
            find_algorithm(self.algorithm, self.search),
            self.seed,
            self._history_file,
            Budget.of(self.search),
            self.therapy,
            self.search.verification_solver,
        )

    def record(
        self, outcome: Outcome[None, SearchResult]
    ) -> tuple[Outcome[None, SearchResult], bool | None]:
        # What was found is in the history.
        return outcome, None if outcome.result is None else True

    def known(self, missing: Collection[str], earlier: Sequence[Row]) -> Iterable[Known]:
        # Without its history a search would start anew, which is an attempt.
        if not self._history_file.exists():
            return []
        finished = {row[schema.KEY] for row in earlier if row[schema.STATUS] in FINAL}
        return [Known(key, True) for key in finished.intersection(missing)]

    def write(self, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
        del results
        write_search(
            self.perform(None),
            self.result_file.with_suffix(".parquet"),
            self.result_file,
            patient=self.patient,
            algorithm=self.algorithm,
            seed=self.seed,
            provenance=self.provenance,
        )
        ledger = pa.Table.from_pylist(list(rows), schema=schema.LEDGER_SCHEMA)
        write_table(ledger, self.result_file.with_suffix(LEDGER_SUFFIX), self.provenance)
