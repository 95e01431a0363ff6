"""Reading tables of trajectories, with errors that name the file."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_column_names, read_row_groups, read_table
from theraflow.tnf import tables
from theraflow.tnf.trajectories.arrays import (
    REQUIRED_COLUMNS,
    SIMULATION_COLUMNS,
    Trajectories,
    join_trajectories,
    trajectories,
)

_REMEDY: Final = "give a table of trajectories as `snakemake tnf_dataset` makes it"


def read_simulations(path: Path) -> pd.DataFrame:
    """Read what surrogates learn and are tested on; ids of simulations where the table has them.

    Raises ``UserError`` as ``read_trajectories`` does.
    """
    frame = read_trajectories(path, REQUIRED_COLUMNS)
    if tables.SIMULATION_ID in pq.read_schema(path).names:
        ids = read_trajectories(path, [tables.SIMULATION_ID])
        frame = frame.assign(**{tables.SIMULATION_ID: ids[tables.SIMULATION_ID]})
    return frame


def read_all_simulations(files: Iterable[str | Path]) -> Trajectories:
    """Lay the simulations of several tables out as arrays.

    Tables are read row group by row group: as rows, they take some six times the memory. Raises
    ``UserError`` as ``read_trajectories`` and ``trajectories`` do.
    """
    return join_trajectories([piece for file in files for piece in _pieces(Path(file))])


def _pieces(path: Path) -> list[Trajectories]:
    with contextlib.suppress(UserError):
        return [trajectories(rows) for rows in _whole_simulations(path)]
    # Other programs may write other types, or rows of a simulation apart; and faults are told here.
    return [trajectories(read_simulations(path))]


def _whole_simulations(path: Path) -> Iterator[pd.DataFrame]:
    """Read the row groups of a sorted table, each cut where a simulation begins."""
    columns = [*REQUIRED_COLUMNS]
    if tables.SIMULATION_ID in read_column_names(path, _REMEDY):
        columns.append(tables.SIMULATION_ID)
    schema = pa.schema([tables.TRAJECTORY_SCHEMA.field(column) for column in columns])
    begun = schema.empty_table().to_pandas()
    for row_group in read_row_groups(path, schema, _REMEDY):
        rows = pd.concat([begun, row_group.to_pandas()], ignore_index=True)
        if rows.empty:
            continue
        is_last = (rows[SIMULATION_COLUMNS] == rows[SIMULATION_COLUMNS].iloc[-1]).all(axis=1)
        begun = rows[is_last]
        if not is_last.all():
            yield rows[~is_last]
    if begun.empty:
        raise UserError(f"{path}: holds no trajectories; {_REMEDY}")
    yield begun


def read_trajectories(
    path: Path, columns: Sequence[str] = tables.TRAJECTORY_COLUMNS
) -> pd.DataFrame:
    """Read the columns of a trajectory table.

    Raises ``UserError`` for a file that is missing, truncated, or no table of trajectories: empty,
    or with text or gaps where numbers belong.
    """
    table = read_table(path, columns, _REMEDY)
    if table.num_rows == 0:
        raise UserError(f"{path}: holds no trajectories; {_REMEDY}")
    for column in columns:
        if _is_numeric(tables.TRAJECTORY_SCHEMA.field(column)):
            _check_numbers(table, column, path)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _check_numbers(table: pa.Table, column: str, path: Path) -> None:
    if not _is_numeric(table.schema.field(column)):
        kind = table.schema.field(column).type
        raise UserError(f"{path}: the column {column} holds {kind}, not numbers; {_REMEDY}")
    values = table[column]
    finite = pc.all(pc.is_finite(values), skip_nulls=True).as_py()
    if values.null_count or not finite:
        raise UserError(f"{path}: the column {column} has gaps; {_REMEDY}")


def _is_numeric(field: pa.Field) -> bool:
    return bool(pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
