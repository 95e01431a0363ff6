"""Parquet files: written whole and with provenance, read with errors that name the file."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from theraflow.core.columns import expanded
from theraflow.core.errors import UserError, as_user_error
from theraflow.core.files import atomic_path, refuse_link_out
from theraflow.core.identity import canonical_json

# Jobs that simulate and gather have no use for it, and start sooner without it.
if TYPE_CHECKING:
    import pandas as pd

METADATA_KEY: Final = b"theraflow"


def write_table(table: pa.Table, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write a table as Parquet (zstd), with its provenance as JSON in the schema's metadata."""
    with table_writer(path, table.schema, provenance) as writer:
        writer.write_table(table)


@contextmanager
def table_writer(
    path: Path, schema: pa.Schema, provenance: Mapping[str, Any]
) -> Iterator[pq.ParquetWriter]:
    """Write a table piece by piece, each one row group, as ``write_table`` does at once.

    Pages bear checksums: without them, one flipped bit in twelve changes a count unnoticed.
    """
    described = schema.with_metadata({METADATA_KEY: canonical_json(provenance).encode()})
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(
            temporary, described, compression="zstd", write_page_checksum=True
        ) as writer,
    ):
        yield writer


def read_table(path: Path, columns: Sequence[str] | None, remedy: str) -> pa.Table:
    """Read columns of a Parquet file; all of them for ``None``.

    Raises ``UserError`` for a file that is missing, truncated, not Parquet, reached by a link out
    of the results, or without one of the columns; ``remedy`` tells what to do about it.
    """
    with _opened(path, columns or (), remedy) as file:
        return file.read(columns and list(columns), use_threads=False)


def read_row_groups(path: Path, schema: pa.Schema, remedy: str) -> Iterator[pa.Table]:
    """Read the columns of a schema row group by row group, as a table may not fit in memory.

    Raises ``UserError`` as ``read_table`` does, and for a column of another type.
    """
    with _opened(path, schema.names, remedy) as file:
        for field in schema:
            found = file.schema_arrow.field(field.name).type
            if found != field.type:
                raise UserError(
                    f"{path}: the column {field.name} holds {found}, not {field.type}; {remedy}"
                )
        for index in range(file.num_row_groups):
            rows = file.read_row_group(index, columns=schema.names, use_threads=False)
            yield rows.select(schema.names).cast(schema)


def read_column_names(path: Path, remedy: str) -> list[str]:
    """Name the columns of a table; raises ``UserError`` for a damaged file."""
    with _opened(path, (), remedy) as file:
        return list(file.schema_arrow.names)


def has_rows(path: Path, remedy: str) -> bool:
    """Tell whether a table has any row; raises ``UserError`` for a damaged file."""
    with _opened(path, (), remedy) as file:
        return bool(file.metadata.num_rows)


@contextmanager
def _opened(path: Path, columns: Sequence[str], remedy: str) -> Iterator[pq.ParquetFile]:
    refuse_link_out(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; {remedy}")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            absent = [column for column in columns if column not in file.schema_arrow.names]
            if absent:
                raise UserError(f"{path}: lacks the columns {', '.join(absent)}; {remedy}")
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        # A table that could not be opened is no damaged one, which people are told to delete.
        if as_user_error(error) is not None:
            raise
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: damaged, or not Parquet ({reason}); {remedy}") from None


def write_frame(
    frame: "pd.DataFrame",
    path: Path,
    provenance: Mapping[str, Any],
    schema: pa.Schema | None = None,
) -> None:
    """Write a data frame, without its index, as ``write_table`` does.

    With a schema, its columns are written, in its order; others of the frame are an error.
    """
    if schema is not None and set(frame.columns) != set(schema.names):
        odd = set(frame.columns) ^ set(schema.names)
        raise ValueError(f"{path}: {', '.join(sorted(odd))} in the frame or its schema alone")
    write_table(pa.Table.from_pandas(frame, schema, preserve_index=False), path, provenance)


def write_tables(
    frames: Mapping[str, "pd.DataFrame"],
    schemas: Mapping[str, pa.Schema],
    folder: Path,
    provenance: Mapping[str, Any],
) -> None:
    """Write the frame of each schema by its name, as Parquet and, for people, as CSV.

    Schemas are expanded to the columns that there are (``columns.expanded``).
    """
    for name, schema in schemas.items():
        frame = frames[name]
        columns = expanded(schema, frame.columns)
        write_frame(frame, folder / f"{name}.parquet", provenance, columns)
        with atomic_path(folder / f"{name}.csv") as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")


def read_frames(paths: Iterable[str | Path]) -> "pd.DataFrame":
    """Read results of other rules and join them, one below the other.

    Raises ``UserError`` for a file that is missing or damaged.
    """
    import pandas as pd

    remedy = "delete it and run snakemake again"
    frames: list[pd.DataFrame] = [
        read_table(Path(path), None, remedy).to_pandas() for path in paths
    ]
    return pd.concat(frames, ignore_index=True)


def read_provenance(path: Path) -> dict[str, Any]:
    """Return the provenance that ``write_table`` stored; empty for files of other origin."""
    metadata = pq.read_schema(path).metadata or {}
    content: dict[str, Any] = json.loads(metadata.get(METADATA_KEY, b"{}"))
    return content
