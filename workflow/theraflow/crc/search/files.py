"""Files of therapy searches: the rows that matter, and the result."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from theraflow.core.columns import expanded
from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out, write_text_atomic
from theraflow.core.parquet import write_table
from theraflow.crc import tables
from theraflow.search import tables as search_tables

FRONT_SUFFIX: Final = ".front.parquet"

# Of a history's columns, those that say which search it is; the result tells that in words.
_IDENTITIES: Final = {field.name for field in search_tables.SEARCH_FIELDS}
_OBJECTIVES: Final = search_tables.OBJECTIVE_PREFIX
_OBJECTIVE: Final = _OBJECTIVES + tables.OBJECTIVE
_REMEDY: Final = "remove it, so that the search is summarised again"


def write_search(
    rows: pa.Table,
    summary: Mapping[str, Any],
    subject: str,
    result_file: Path,
    provenance: dict[str, Any],
) -> None:
    """Write the rows of a search that matter as Parquet, and its result as JSON beside them.

    ``rows`` have the columns of a history; ``summary`` is that of ``summarise_search``.
    """
    named = _named_rows(rows, summary, subject)
    write_table(named, result_file.with_suffix(".parquet"), provenance)
    content = {tables.SUBJECT: subject, **summary}
    write_text_atomic(result_file, json.dumps(content, indent=2) + "\n")


def write_front(
    front: pa.Table,
    summary: Mapping[str, Any],
    subject: str,
    result_file: Path,
    provenance: dict[str, Any],
) -> None:
    """Write the rows of ``front_found`` as Parquet, beside a search's result."""
    named = _named_rows(front, summary, subject)
    write_table(named, result_file.with_suffix(FRONT_SUFFIX), provenance)


def _named_rows(rows: pa.Table, summary: Mapping[str, Any], subject: str) -> pa.Table:
    """Give rows of a history the columns of ``IMPROVEMENTS_SCHEMA``."""
    frame = rows.to_pandas()
    # Of a front the objectives are terms, too.
    kept = [
        name
        for name in frame
        if name not in _IDENTITIES and (name == _OBJECTIVE or not name.startswith(_OBJECTIVES))
    ]
    frame = frame[kept].rename(columns=_plain_name)
    if tables.OBJECTIVE not in frame:
        frame[tables.OBJECTIVE] = np.nan
    for name in (tables.SEED, tables.ALGORITHM):
        frame.insert(0, name, summary[name])
    frame.insert(0, tables.SUBJECT, subject)
    schema = expanded(tables.IMPROVEMENTS_SCHEMA, frame.columns)
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def read_results(result_files: Iterable[str | Path]) -> pd.DataFrame:
    """Read what searches spent and found, one row each; raises ``UserError`` for a broken file."""
    rows = []
    for file in map(Path, result_files):
        refuse_link_out(file)
        try:
            rows.append(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UserError(f"{file}: is no result of a search ({error}); {_REMEDY}") from None
    return pd.DataFrame(rows)


def _plain_name(column: str) -> str:
    for prefix in (
        _OBJECTIVES,
        search_tables.TERM_PREFIX,
        search_tables.CONSTRAINT_PREFIX,
    ):
        if column.startswith(prefix):
            return column.removeprefix(prefix)
    return column
