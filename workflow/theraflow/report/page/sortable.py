"""Result tables as tables that readers can sort, with the meaning of every column."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.report.page.blocks import Cell, Column, DataTable
from theraflow.report.page.words import NOTHING, number

MOST_ROWS: Final = 200
# Endings of names that the unit says again.
_UNIT_ENDINGS: Final = ("_um", "_min", "_percent", "_cells", "_mm", "_mg", "_s", "_days")


def data_table(
    id: str,
    title: str,
    remark: str,
    frame: pd.DataFrame,
    schema: pa.Schema,
    columns: Iterable[str] | Mapping[str, str],
) -> DataTable:
    """Lay out columns of a result table, with unit and meaning from its schema.

    ``columns`` may map names to headings. Of a long table the first ``MOST_ROWS`` rows are shown,
    and ``remark`` says so.
    """
    headings = (
        columns if isinstance(columns, Mapping) else {name: heading_of(name) for name in columns}
    )
    shown = frame.head(MOST_ROWS)
    if len(frame) > MOST_ROWS:
        remark = f"{remark} The first {MOST_ROWS} of {len(frame):,} rows are shown."
    described = tuple(
        _column(schema.field(name), heading, frame[name]) for name, heading in headings.items()
    )
    rows = tuple(
        tuple(_cell(value) for value in row)
        for row in shown[list(headings)].itertuples(index=False, name=None)
    )
    return DataTable(id, title, remark, described, rows)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """List the rows of a table, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def heading_of(name: str) -> str:
    """Make a heading of a column's name."""
    for ending in _UNIT_ENDINGS:
        name = name.removesuffix(ending)
    return name.replace("_", " ")


def _column(field: pa.Field, heading: str, values: "pd.Series[Any]") -> Column:
    told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    unit = told.get("unit", "")
    return Column(heading, "µm" if unit == "um" else unit, told.get("meaning", ""), is_number)


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return Cell(NOTHING, "")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", str(int(value)))
    if isinstance(value, int | float):
        return Cell(number(value), repr(value))
    return Cell(str(value), str(value))
