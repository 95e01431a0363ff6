"""Reading tables of trajectories, with errors that name the file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table
from theraflow.tnf import tables
from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS


def read_simulations(path: Path) -> pd.DataFrame:
    """Read what surrogates learn and are tested on; ids of simulations where the table has them.

    Raises ``UserError`` as ``read_trajectories`` does.
    """
    frame = read_trajectories(path, REQUIRED_COLUMNS)
    if tables.SIMULATION_ID in pq.read_schema(path).names:
        ids = read_trajectories(path, [tables.SIMULATION_ID])
        frame = frame.assign(**{tables.SIMULATION_ID: ids[tables.SIMULATION_ID]})
    return frame


def read_all_simulations(files: Iterable[str | Path]) -> pd.DataFrame:
    """Read several tables as ``read_simulations`` does, one below the other."""
    return pd.concat([read_simulations(Path(file)) for file in files], ignore_index=True)


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
