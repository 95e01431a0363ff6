"""Parquet files: written whole and with provenance, read with errors that name the file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from theraflow.campaign.files import atomic_path, refuse_link_out
from theraflow.campaign.identity import canonical_json
from theraflow.errors import UserError

METADATA_KEY: Final = b"theraflow"


def write_table(table: pa.Table, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write a table as Parquet (zstd), with its provenance as JSON in the schema's metadata."""
    metadata = {METADATA_KEY: canonical_json(provenance).encode()}
    with atomic_path(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary, compression="zstd")


def read_table(path: Path, columns: Sequence[str] | None, remedy: str) -> pa.Table:
    """Read columns of a Parquet file; all of them for ``None``.

    Raises ``UserError`` for a file that is missing, truncated, not Parquet, reached by a link out
    of the results, or without one of the columns; ``remedy`` tells what to do about it.
    """
    refuse_link_out(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; {remedy}")
    try:
        with pq.ParquetFile(path) as file:
            absent = [column for column in columns or () if column not in file.schema_arrow.names]
            if not absent:
                return file.read(columns and list(columns), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: truncated, or not Parquet ({reason}); {remedy}") from None
    raise UserError(f"{path}: lacks the columns {', '.join(absent)}; {remedy}")


def write_frame(frame: pd.DataFrame, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write a data frame, without its index, as ``write_table`` does."""
    write_table(pa.Table.from_pandas(frame, preserve_index=False), path, provenance)


def read_frames(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Read results of other rules and join them, one below the other.

    Raises ``UserError`` for a file that is missing or damaged.
    """
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
