"""One therapy search as an entry of the ledger."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from theraflow.config.crc.study import CrcConfig
from theraflow.core.identity import content_hash
from theraflow.core.parquet import write_table
from theraflow.crc.search.files import history_path, write_search
from theraflow.crc.search.search import search_therapy
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Attempts
from theraflow.work.ledger.files import JOURNAL_SUFFIX, LEDGER_SUFFIX, read_own_rows
from theraflow.work.ledger.journal import Journal
from theraflow.work.status import FINAL


def attempt_search(
    problem_file: Path,
    rank: int,
    algorithm: str,
    seed: int,
    result_file: Path,
    job: Job,
    config: CrcConfig,
    provenance: dict[str, Any],
) -> None:
    """Search, and write improvements, result and ledger; raises as ``search_therapy`` does.

    The improvements (``.parquet``) and the ledger lie beside ``result_file``. A search that an
    earlier job has finished is verified and written, but is no further attempt.
    """
    folder, name = result_file.parent, result_file.stem
    history_file = history_path(folder, problem_file, algorithm, seed, config)
    budget = (config.search.budget_seconds, config.search.budget_evaluations)
    key = content_hash({"history": history_file.name, "budget": budget})
    ledger_file = folder / f"{name}{LEDGER_SUFFIX}"
    earlier = read_own_rows(ledger_file)
    with Journal(folder / f"{name}{JOURNAL_SUFFIX}") as journal:
        attempts = Attempts(journal, job, schema.SEARCH, name, earlier)
        finished = {row[schema.KEY] for row in attempts.rows() if row[schema.STATUS] in FINAL}
        if key in finished:
            result = search_therapy(problem_file, algorithm, seed, history_file, config)
        else:
            with attempts.noting_termination(), attempts.noting(key, seed):
                result = search_therapy(problem_file, algorithm, seed, history_file, config)
        write_search(
            result,
            result_file.with_suffix(".parquet"),
            result_file,
            rank=rank,
            algorithm=algorithm,
            seed=seed,
            provenance=provenance,
        )
        ledger = pa.Table.from_pylist(attempts.rows(), schema=schema.LEDGER_SCHEMA)
        write_table(ledger, ledger_file, provenance)
        journal.remove()
