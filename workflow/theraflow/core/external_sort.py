"""Sorting the rows of many Parquet files into one, in memory that does not grow with them.

The rows are cut at quantiles of their keys into parts that fit in memory. One pass over the files
reads the keys alone and finds these quantiles, a second one deals the rows out to one temporary
file for each part, and each part is then sorted and becomes a row group of the result.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from theraflow.core.parquet import read_row_groups, table_writer

# A hundred megabytes of a table of trajectories.
ROWS_PER_PART: Final = 2**19


@dataclass(frozen=True)
class _Runs:
    """The rows of a file as runs of equal keys, in file order: keys (n,) and lengths (n,)."""

    keys: NDArray[np.void]
    lengths: NDArray[np.int64]


def sort_files(
    files: Iterable[Path],
    target: Path,
    provenance: Mapping[str, Any],
    *,
    schema: pa.Schema,
    keys: Sequence[str],
    within_key: Sequence[str],
    remedy: str,
    rows_per_part: int = ROWS_PER_PART,
) -> None:
    """Sort the rows of all files by ``keys``, then by ``within_key``.

    The result has the columns of ``schema`` and is the same bytes whatever the order of the files.
    ``keys`` are numeric and without gaps; rows of equal keys must fit in memory. Raises
    ``UserError`` for a damaged file; ``remedy`` tells what to do about it.
    """
    # Rows that nothing else tells apart stay in the order of the names of their files.
    in_order = sorted(files)
    key_schema = pa.schema([schema.field(name) for name in keys])
    runs = [_runs(read_row_groups(file, key_schema, remedy), key_schema) for file in in_order]
    parts_of_runs = _assign_parts(runs, rows_per_part)
    n_parts = max((int(parts.max()) + 1 for parts in parts_of_runs if len(parts)), default=0)
    order = [(name, "ascending") for name in (*keys, *within_key)]
    with tempfile.TemporaryDirectory() as folder:
        part_files = [Path(folder) / f"{part}.arrow" for part in range(n_parts)]
        with ExitStack() as stack:
            writers = [stack.enter_context(_part_writer(file, schema)) for file in part_files]
            for file, its_runs, its_parts in zip(in_order, runs, parts_of_runs, strict=True):
                part_of_row = np.repeat(its_parts, its_runs.lengths)
                _deal_out(read_row_groups(file, schema, remedy), part_of_row, writers)
        with table_writer(target, schema, provenance) as writer:
            for file in part_files:
                with pa.OSFile(str(file)) as source:
                    part = pa.ipc.open_stream(source).read_all()
                file.unlink()
                writer.write_table(part.sort_by(order))


def _runs(row_groups: Iterable[pa.Table], key_schema: pa.Schema) -> _Runs:
    """Find the runs of equal keys; one that goes on in the next row group counts as two."""
    dtype = np.dtype([(field.name, field.type.to_pandas_dtype()) for field in key_schema])
    keys, lengths = [np.empty(0, dtype)], [np.empty(0, np.int64)]
    for row_group in row_groups:
        rows = np.empty(len(row_group), dtype)
        for name in key_schema.names:
            rows[name] = row_group[name].to_numpy()
        starts = np.append(0, 1 + np.flatnonzero(rows[1:] != rows[:-1]))[: len(rows)]
        keys.append(rows[starts])
        lengths.append(np.diff(starts, append=len(rows)))
    return _Runs(np.concatenate(keys), np.concatenate(lengths))


def _assign_parts(runs: Sequence[_Runs], rows_per_part: int) -> list[NDArray[np.int64]]:
    """Assign each run of each file to a part, numbered from 0.

    A part begins with the first key after each ``rows_per_part`` sorted rows, so that equal keys
    are never parted.
    """
    keys = np.concatenate([each.keys for each in runs])
    lengths = np.concatenate([each.lengths for each in runs])
    order = np.lexsort([keys[name] for name in reversed(keys.dtype.names or ())])
    ordered = keys[order]
    is_new = np.ones(len(keys), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    rows_before = np.cumsum(lengths[order]) - lengths[order]
    rows_before_key = np.maximum.accumulate(np.where(is_new, rows_before, 0))
    parts = np.empty(len(keys), np.int64)
    # Without gaps in their numbers, as a key of many rows may fill more than one part.
    parts[order] = np.unique(rows_before_key // rows_per_part, return_inverse=True)[1]
    return np.split(parts, np.cumsum([len(each.lengths) for each in runs])[:-1])


def _part_writer(file: Path, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    return pa.ipc.new_stream(str(file), schema, options=options)


def _deal_out(
    row_groups: Iterable[pa.Table],
    part_of_row: NDArray[np.int64],
    writers: Sequence[pa.ipc.RecordBatchStreamWriter],
) -> None:
    """Write each row to its part; rows of one part stay in order."""
    first = 0
    for row_group in row_groups:
        if row_group.num_rows == 0:
            continue
        parts = part_of_row[first : first + len(row_group)]
        first += len(row_group)
        order = np.argsort(parts, kind="stable")
        dealt = row_group.take(order)
        present, starts = np.unique(parts[order], return_index=True)
        ends = np.append(starts[1:], len(parts))
        for part, start, end in zip(present, starts, ends, strict=True):
            writers[part].write_table(dealt.slice(start, end - start))
