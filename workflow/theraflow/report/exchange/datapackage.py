"""The tables of a campaign as a Data Package: what Frictionless and archives read."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from theraflow.core.file_hash import file_sha256
from theraflow.report.exchange.media_types import media_type
from theraflow.report.exchange.result_files import ResultTable, result_tables

_PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"


def datapackage(results: Path) -> str:
    """Describe the tables of a folder of results as JSON, after the Data Package standard 2.0.

    Every table is a resource with its files, and every column a field with type, unit and meaning.
    A resource of one file has its size in bytes and its SHA-256. Paths are relative to the folder.
    Raises ``UserError`` as ``result_tables`` does.
    """
    package = {
        "$schema": _PROFILE,
        "name": "theraflow-results",
        "title": "Results of a theraflow campaign",
        "resources": [_resource(table, results) for table in result_tables(results)],
    }
    return json.dumps(package, indent=2) + "\n"


def _resource(table: ResultTable, results: Path) -> dict[str, Any]:
    files = [file.relative_to(results).as_posix() for file in table.files]
    told: dict[str, Any] = {
        "name": _name(table.path),
        "description": f"A row is {table.meaning}.",
        "path": files[0] if len(files) == 1 else files,
        "format": table.files[0].suffix.removeprefix("."),
        "mediatype": media_type(files[0]),
        "schema": {"fields": [_field(column) for column in table.schema]},
    }
    if len(files) == 1:
        told["bytes"] = table.files[0].stat().st_size
        told["hash"] = f"sha256:{file_sha256(table.files[0])}"
    return told


def _name(path: str) -> str:
    """Write a path as the standard names resources: lower case, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9._-]", "-", re.sub("[{}]", "", path.lower()))


def _field(column: pa.Field) -> dict[str, Any]:
    told = {key.decode(): value.decode() for key, value in column.metadata.items()}
    field = {"name": column.name, "type": _type(column.type), "description": told["meaning"]}
    if told["unit"]:
        field["unit"] = told["unit"]
    return field | ({} if column.nullable else {"constraints": {"required": True}})


def _type(dtype: pa.DataType) -> str:
    """Name an Arrow type as a table schema does; raises ``TypeError`` for one without a name."""
    names = {
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "number": pa.types.is_floating,
        "string": pa.types.is_string,
        "datetime": pa.types.is_timestamp,
        "array": pa.types.is_list,
    }
    for name, fits in names.items():
        if fits(dtype):
            return name
    raise TypeError(f"a data package has no name for the type {dtype}")
