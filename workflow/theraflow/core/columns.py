"""Columns of tables: name, type, unit and meaning."""

import pyarrow as pa


def field(
    name: str, dtype: pa.DataType, unit: str, meaning: str, *, nullable: bool = False
) -> pa.Field:
    """Describe a column with its unit and meaning."""
    return pa.field(name, dtype, nullable, metadata={"unit": unit, "meaning": meaning})
