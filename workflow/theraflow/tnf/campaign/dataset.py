"""From batches to one data set, and back from a file to trajectories."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from theraflow.core.errors import UserError
from theraflow.core.external_sort import sort_files
from theraflow.core.parquet import has_rows, read_row_groups, table_writer
from theraflow.tnf import tables
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import DAMAGED_BATCH_REMEDY, ledger_path

_KEYS: Final = (*tables.POINT_COLUMNS, tables.REPLICATE)
_DAMAGED_TABLE_REMEDY: Final = "delete it, and it is gathered again"


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
    _sort(files, target, provenance, DAMAGED_BATCH_REMEDY)


def join_radii(
    radius_files: Iterable[Path],
    target: Path,
    provenance: Mapping[str, Any],
    *,
    mixed: Sequence[Path] = (),
) -> None:
    """Join the gathered tables of several radii to one, with one ledger beside it.

    Each is sorted as ``gather_trajectories`` does it, so that one after the other, by radius, they
    are sorted again; unless there are ``mixed`` tables, whose simulations lie among the others: of
    drawn radii, or of rounds of active learning. Raises ``UserError`` for a damaged table.
    """
    if mixed:
        _sort([*radius_files, *mixed], target, provenance, _DAMAGED_TABLE_REMEDY)
        return
    files = sorted(radius_files, key=_radius)
    _append(files, target, tables.TRAJECTORY_SCHEMA, provenance)
    ledgers = [ledger_path(file) for file in files]
    _append(ledgers, ledger_path(target), tables.SIMULATION_LEDGER_SCHEMA, provenance)


def _sort(files: Sequence[Path], target: Path, provenance: Mapping[str, Any], remedy: str) -> None:
    sort_files(
        files,
        target,
        provenance,
        schema=tables.TRAJECTORY_SCHEMA,
        keys=_KEYS,
        within_key=(tables.TIME_MIN,),
        remedy=remedy,
    )
    sort_files(
        [ledger_path(file) for file in files],
        ledger_path(target),
        provenance,
        schema=tables.SIMULATION_LEDGER_SCHEMA,
        keys=_KEYS,
        within_key=(schema.ATTEMPT,),
        remedy=remedy,
    )


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
