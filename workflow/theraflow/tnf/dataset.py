"""From batches to one data set, and back from a file to trajectories."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from theraflow.campaign import tables
from theraflow.campaign.external_sort import sort_files
from theraflow.campaign.parquet import has_rows, read_row_groups, read_table, table_writer
from theraflow.campaign.provenance import provenance
from theraflow.config.study import StudyConfig
from theraflow.errors import UserError
from theraflow.tnf.batch_files import DAMAGED_BATCH_REMEDY, ledger_path
from theraflow.tnf.engine_fingerprint import engine_provenance

_KEYS: Final = (*tables.POINT_COLUMNS, tables.REPLICATE)
_DAMAGED_TABLE_REMEDY: Final = "delete it, and it is gathered again"


def dataset_provenance(study: StudyConfig) -> dict[str, Any]:
    """Describe what a data set is made by: config, engine, versions and git commit."""
    content = {"config": study.model_dump(mode="json"), **engine_provenance(study.tnf.engine)}
    return provenance(content, ("numba", "numpy"))


def gather_trajectories(
    batch_files: Iterable[Path], target: Path, provenance: Mapping[str, Any]
) -> None:
    """Join batches to one table of trajectories, with one ledger beside it.

    Both are sorted by point and replicate, in memory that does not grow with the batches. Raises
    ``UserError`` for a damaged batch, and when no simulation succeeded.
    """
    files = list(batch_files)
    if not any(has_rows(file, DAMAGED_BATCH_REMEDY) for file in files):
        raise UserError(f"{target}: every simulation failed; `theraflow ledger` says why")
    sort_files(
        files,
        target,
        provenance,
        schema=tables.TRAJECTORY_SCHEMA,
        keys=_KEYS,
        within_key=(tables.TIME_MIN,),
        remedy=DAMAGED_BATCH_REMEDY,
    )
    sort_files(
        [ledger_path(file) for file in files],
        ledger_path(target),
        provenance,
        schema=tables.SIMULATION_LEDGER_SCHEMA,
        keys=_KEYS,
        within_key=(tables.ATTEMPT,),
        remedy=DAMAGED_BATCH_REMEDY,
    )


def join_radii(radius_files: Iterable[Path], target: Path, provenance: Mapping[str, Any]) -> None:
    """Join the gathered tables of several radii to one, with one ledger beside it.

    Each is sorted as ``gather_trajectories`` does it, so that one after the other, by radius, they
    are sorted again. Raises ``UserError`` for a damaged table.
    """
    files = sorted(radius_files, key=_radius)
    _append(files, target, tables.TRAJECTORY_SCHEMA, provenance)
    ledgers = [ledger_path(file) for file in files]
    _append(ledgers, ledger_path(target), tables.SIMULATION_LEDGER_SCHEMA, provenance)


def _radius(file: Path) -> int:
    schema = pa.schema([tables.TRAJECTORY_SCHEMA.field(tables.TUMOR_RADIUS_UM)])
    row_group = next(read_row_groups(file, schema, _DAMAGED_TABLE_REMEDY))
    return int(row_group[tables.TUMOR_RADIUS_UM][0].as_py())


def _append(
    files: Iterable[Path], target: Path, schema: pa.Schema, provenance: Mapping[str, Any]
) -> None:
    with table_writer(target, schema, provenance) as writer:
        for file in files:
            for row_group in read_row_groups(file, schema, _DAMAGED_TABLE_REMEDY):
                writer.write_table(row_group)


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
