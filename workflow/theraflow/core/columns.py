"""Columns of tables: name, type, unit and meaning."""

import re
from collections.abc import Iterable
from typing import Final

import pyarrow as pa

_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


def field(
    name: str, dtype: pa.DataType, unit: str, meaning: str, *, nullable: bool = False
) -> pa.Field:
    """Describe a column with its unit and meaning."""
    return pa.field(name, dtype, nullable, metadata={"unit": unit, "meaning": meaning})


def expanded(schema: pa.Schema, columns: Iterable[str]) -> pa.Schema:
    """Replace fields that stand for several columns, as ``dose_{month}``, by the columns there are.

    A column belongs to the field of its own name, or to the longest name with braces that fits.
    Others are left out. The order is that of the schema.
    """
    columns = list(columns)
    families = sorted(
        (name for name in schema.names if _PLACEHOLDER.search(name)), key=len, reverse=True
    )
    field_of = {}
    for column in columns:
        fitting = [name for name in families if _pattern(name).fullmatch(column)]
        field_of[column] = column if column in schema.names else next(iter(fitting), None)
    fields = []
    for item in schema:
        members = [column for column in columns if field_of[column] == item.name]
        fields += [item.with_name(column) for column in members]
        if item.name not in families and not members:
            fields.append(item)
    return pa.schema(fields)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, _PLACEHOLDER.split(name))))
