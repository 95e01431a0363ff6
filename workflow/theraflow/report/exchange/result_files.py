"""The result files of a campaign that others may reuse, each with the schema that tells of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from theraflow.core.columns import expanded
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_column_names
from theraflow.report.columns import RESULT_TABLES
from theraflow.report.table_meanings import TABLE_MEANINGS

_PLACEHOLDER: Final = re.compile(r"\\{\w+\\}")
# Of work in progress: the gathered tables hold the same rows.
_WORKING_FOLDERS: Final = frozenset({"batches", "plans"})


@dataclass(frozen=True)
class ResultTable:
    """Files of the same columns; ``path`` is theirs below the results, with names in braces.

    Where files of one path differ in their columns, it is the path of the first of them.
    """

    path: str
    meaning: str
    schema: pa.Schema
    files: tuple[Path, ...]


def result_tables(results: Path) -> Iterator[ResultTable]:
    """Find the tables of a folder of results, in the order of the reference.

    A table that was not made is left out, and so are the batches, whose rows the gathered tables
    hold. Raises ``UserError`` for a folder without any table, and for a damaged file.
    """
    found = [
        (path, schema, files)
        for path, schema in RESULT_TABLES.items()
        if _WORKING_FOLDERS.isdisjoint(path.split("/")) and (files := _files(results, path))
    ]
    if not found:
        raise UserError(f"{results}: holds no table; give the folder `results` of a campaign")
    for path, schema, files in found:
        by_columns: dict[tuple[str, ...], list[Path]] = {}
        for file in files:
            by_columns.setdefault(tuple(_columns(file)), []).append(file)
        for columns, alike in by_columns.items():
            own = path if len(by_columns) == 1 else alike[0].relative_to(results).as_posix()
            yield ResultTable(own, TABLE_MEANINGS[path], expanded(schema, columns), tuple(alike))


def _files(results: Path, path: str) -> list[Path]:
    # No name that a brace stands for has a dot: `x.front.parquet` is no `{name}.parquet`.
    pattern = re.compile(_PLACEHOLDER.sub(r"[^/.]+", re.escape(path)))
    files = results.glob(re.sub(r"\{\w+\}", "*", path))
    return sorted(file for file in files if pattern.fullmatch(file.relative_to(results).as_posix()))


def _columns(file: Path) -> list[str]:
    if file.suffix == ".csv":
        return pd.read_csv(file, nrows=0).columns.tolist()
    return read_column_names(file, "delete it and run snakemake again")
