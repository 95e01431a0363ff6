"""Files of therapy searches: history, improvements, result."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from theraflow.config.crc.search import AlgorithmConfig
from theraflow.core.columns import expanded
from theraflow.core.files import refuse_link_out, write_text_atomic
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.core.parquet import write_frame
from theraflow.crc import tables
from theraflow.crc.search.search import SearchResult

_SEARCH_CODE: Final = "theraflow.crc.search.run"
_COPASI: Final = "python-copasi"


def history_path(
    folder: Path, problem_file: Path, name: str, algorithm: AlgorithmConfig, seed: int
) -> Path:
    """Name the history of a search by all that decides it except its budget.

    A job that was killed, or that is given another budget, thus finds its history again, and one of
    another problem or method, of other code or another COPASI never takes it up. ``name`` is that
    of the algorithm in the config.
    """
    identity = {
        "problem": hashlib.sha256(problem_file.read_bytes()).hexdigest(),
        "algorithm": algorithm.identity(),
        "seed": seed,
        "code": source_fingerprint(_SEARCH_CODE),
        "copasi": version(_COPASI),
    }
    return folder / f"{name}-{seed}-{content_hash(identity)}.jsonl"


def write_search(
    result: SearchResult,
    improvements_file: Path,
    result_file: Path,
    *,
    patient: int,
    algorithm: str,
    seed: int,
    provenance: dict[str, Any],
) -> None:
    """Write all improvements of a search as Parquet, and its end as JSON."""
    key = {tables.PATIENT: patient, tables.ALGORITHM: algorithm, tables.SEED: seed}
    table = pd.concat(
        [
            pd.DataFrame([key] * len(result.improvements)),
            result.improvements.reset_index(drop=True),
        ],
        axis=1,
    )
    schema = expanded(tables.IMPROVEMENTS_SCHEMA, table.columns)
    write_frame(table, improvements_file, provenance, schema)
    summary = {
        **key,
        "spent": asdict(result.spent),
        tables.ENDED_BY: result.ended_by,
        "verified": result.verified.as_row(),
    }
    write_text_atomic(result_file, json.dumps(summary, indent=2) + "\n")


def read_spent(result_files: Iterable[str]) -> pd.DataFrame:
    """Read what every search spent and what ended it, one row each."""
    for file in result_files:
        refuse_link_out(Path(file))
    results = [json.loads(Path(file).read_text(encoding="utf-8")) for file in result_files]
    keys = (tables.PATIENT, tables.ALGORITHM, tables.SEED, tables.ENDED_BY)
    return pd.DataFrame([{key: item[key] for key in keys} | item["spent"] for item in results])
