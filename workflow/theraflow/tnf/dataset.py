"""From batches to one data set, and back from a file to trajectories."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from theraflow.campaign import tables
from theraflow.campaign.parquet import read_table, write_table
from theraflow.errors import UserError
from theraflow.tnf.batch_files import ledger_path, read_ledger_of_batch, read_trajectories_of_batch

_ORDER: Final = (*tables.POINT_COLUMNS, tables.REPLICATE)


def gather_trajectories(
    batch_files: Iterable[Path], target: Path, provenance: Mapping[str, Any]
) -> None:
    """Join batches to one table of trajectories, with one ledger beside it.

    Both are sorted by point and replicate. Raises ``UserError`` for a damaged batch, and when no
    simulation succeeded.
    """
    files = list(batch_files)
    trajectories = pa.concat_tables([read_trajectories_of_batch(file) for file in files])
    if trajectories.num_rows == 0:
        raise UserError(f"{target}: every simulation failed; `theraflow ledger` says why")
    ledger = pa.concat_tables([read_ledger_of_batch(file) for file in files])
    write_table(_sorted(trajectories, (*_ORDER, tables.TIME_MIN)), target, provenance)
    write_table(_sorted(ledger, (*_ORDER, tables.ATTEMPT)), ledger_path(target), provenance)


def read_trajectories(
    path: Path, columns: Sequence[str] = tables.TRAJECTORY_COLUMNS
) -> pd.DataFrame:
    """Read the columns of a trajectory table.

    Raises ``UserError`` for a file that is missing, truncated, or no table of trajectories: empty,
    or with text or gaps where numbers belong.
    """
    remedy = "give a table of trajectories as `snakemake tnf_dataset` makes it"
    table = read_table(path, columns, remedy)
    if table.num_rows == 0:
        raise UserError(f"{path}: holds no trajectories; {remedy}")
    for column in columns:
        if _is_numeric(tables.TRAJECTORY_SCHEMA.field(column)):
            _check_numbers(table, column, path, remedy)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _check_numbers(table: pa.Table, column: str, path: Path, remedy: str) -> None:
    if not _is_numeric(table.schema.field(column)):
        kind = table.schema.field(column).type
        raise UserError(f"{path}: the column {column} holds {kind}, not numbers; {remedy}")
    values = table[column]
    finite = pc.all(pc.is_finite(values), skip_nulls=True).as_py()
    if values.null_count or not finite:
        raise UserError(f"{path}: the column {column} has gaps; {remedy}")


def _is_numeric(field: pa.Field) -> bool:
    return bool(pa.types.is_integer(field.type) or pa.types.is_floating(field.type))


def _sorted(table: pa.Table, columns: Iterable[str]) -> pa.Table:
    return table.sort_by([(column, "ascending") for column in columns])
