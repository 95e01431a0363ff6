"""Result tables as tables that readers can sort, with the meaning of every column."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.report.page.blocks import Cell, Column, DataTable
from theraflow.report.page.words import NOTHING, common_decimals, number, signed

MOST_ROWS: Final = 200
# Columns of a wider range are written number by number, each with its own digits.
_WIDEST_RANGE: Final = 1000
_UNITS: Final = {"um": "µm", "relative": ""}


def data_table(
    id: str,
    title: str,
    remark: str,
    frame: pd.DataFrame,
    schema: pa.Schema,
    headings: Mapping[str, str],
) -> DataTable:
    """Lay out columns of a result table, with unit and meaning from its schema.

    ``headings`` names the columns to show; those that the table lacks are left out. Of a long table
    the first ``MOST_ROWS`` rows are shown, and ``remark`` says so.
    """
    names = [name for name in headings if name in frame]
    if len(frame) > MOST_ROWS:
        remark = f"{remark} The first {MOST_ROWS} of {len(frame):,} rows are shown."
    columns = tuple(_column(schema.field(name), headings[name], frame[name]) for name in names)
    cells = [_cells(frame[name].head(MOST_ROWS)) for name in names]
    return DataTable(id, title, remark, columns, tuple(zip(*cells, strict=True)))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """List the rows of a table, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _column(field: pa.Field, heading: str, values: "pd.Series[Any]") -> Column:
    told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    unit = told.get("unit", "")
    return Column(heading, _UNITS.get(unit, unit), told.get("meaning", ""), _is_number(values))


def _is_number(values: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _cells(values: "pd.Series[Any]") -> list[Cell]:
    if not _is_number(values):
        return [_cell(value) for value in values]
    numbers = [float(value) for value in values]
    sizes = [abs(value) for value in numbers if value == value and value]
    if all(size.is_integer() for size in sizes):
        return [_number_cell(value, signed(value, 0)) for value in numbers]
    if max(sizes) / min(sizes) > _WIDEST_RANGE:
        return [_number_cell(value, number(value)) for value in numbers]
    return [_number_cell(value, signed(value, common_decimals(sizes))) for value in numbers]


def _number_cell(value: float, text: str) -> Cell:
    if value != value:
        return Cell(NOTHING, "")
    # JavaScript reads the key, and knows infinity by its full name.
    return Cell(text, f"{value:.9g}".replace("inf", "Infinity"))


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return Cell(NOTHING, "")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", str(int(value)))
    return Cell(str(value), str(value))
