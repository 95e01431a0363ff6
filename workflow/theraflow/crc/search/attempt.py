"""One therapy search as a batch of one piece of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from theraflow.core.identity import content_hash
from theraflow.core.parquet import write_table
from theraflow.crc.search.files import write_front, write_search
from theraflow.crc.search.search import (
    Search,
    front_found,
    lead_search,
    rows_found,
    summarise_search,
)
from theraflow.work.batch import Known, Piece, Tolerance, Work, run_batch
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row
from theraflow.work.ledger.files import LEDGER_SUFFIX
from theraflow.work.pool import Outcome
from theraflow.work.status import FINAL

Summary = dict[str, Any]


def attempt_search(
    posed: Search, subject: str, result_file: Path, job: Job, provenance: dict[str, Any]
) -> None:
    """Search, and write improvements, result and ledger; raises ``UserError`` when it fails.

    The improvements (``.parquet``), the front (``.front.parquet``) and the ledger lie beside
    ``result_file``, as does the folder of the history. A search that an earlier job has finished is
    verified and written, but is no further attempt.
    """
    work = _Attempt(posed, subject, result_file, provenance)
    no_budget = FailureBudget(result_file.parent / "failures", None, "")
    run_batch(work, result_file, job, Tolerance(), no_budget, workers=1)


@dataclass(frozen=True)
class _Attempt(Work[None, Summary]):
    posed: Search
    subject: str
    result_file: Path
    provenance: dict[str, Any]
    kind: ClassVar[str] = schema.SEARCH

    @property
    def _folder(self) -> Path:
        return self.posed.folder(self.result_file.parent)

    def pieces(self) -> Sequence[Piece[None]]:
        key = content_hash({"history": self._folder.name, "budget": asdict(self.posed.budget)})
        return [Piece(key, self.posed.seed, None)]

    def perform(self, task: None) -> Summary:
        del task
        lead_search(self.posed, self._folder)
        return summarise_search(self.posed, self._folder)

    def record(
        self, outcome: Outcome[None, Summary]
    ) -> tuple[Outcome[None, Summary], Summary | None]:
        return outcome, outcome.result

    def known(self, missing: Collection[str], earlier: Sequence[Row]) -> Iterable[Known]:
        # Without its history a search would start anew, which is an attempt.
        if not self._folder.exists():
            return []
        finished = {row[schema.KEY] for row in earlier if row[schema.STATUS] in FINAL}
        return [
            Known(key, summarise_search(self.posed, self._folder))
            for key in finished.intersection(missing)
        ]

    def write(self, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
        (summary,) = results.values()
        found = rows_found(self.posed, self._folder)
        front = front_found(self.posed, self._folder)
        ledger = pa.Table.from_pylist(list(rows), schema=schema.LEDGER_SCHEMA)
        write_table(ledger, self.result_file.with_suffix(LEDGER_SUFFIX), self.provenance)
        write_front(front, summary, self.subject, self.result_file, self.provenance)
        write_search(found, summary, self.subject, self.result_file, self.provenance)
