"""Tables of the study: each column says what it holds."""

import pandas as pd
import pyarrow as pa
import pytest

from theraflow.core.columns import expanded
from theraflow.crc.comparison import tables as comparison_tables
from theraflow.crc.comparison.fronts import tables as front_tables
from theraflow.crc.comparison.regimens import tables as regimen_tables
from theraflow.crc.tables import CANDIDATES_SCHEMA, IMPROVEMENTS_SCHEMA, RESULT_TABLES

TABLES = {
    **RESULT_TABLES,
    **comparison_tables.RESULT_TABLES,
    **front_tables.RESULT_TABLES,
    **regimen_tables.RESULT_TABLES,
}


@pytest.mark.parametrize("path", TABLES)
def test_every_column_has_a_meaning_and_numbers_a_unit(path: str) -> None:
    for column in TABLES[path]:
        assert column.metadata[b"meaning"], column.name
        unit = column.metadata[b"unit"].decode()
        if pa.types.is_string(column.type):
            assert not unit
        for suffix, expected in (
            ("_mm", "mm"),
            ("_mg", "mg"),
            ("_percent", "%"),
            ("_days", "days"),
        ):
            if column.name.endswith(suffix):
                assert unit == expected, column.name


def test_a_field_with_braces_stands_for_every_column_that_fits() -> None:
    columns = ["objective", "parameter.d_c_2", "parameter.d_a_1", "parameter.f_a"]
    found = expanded(IMPROVEMENTS_SCHEMA, columns)
    parameters = [name for name in found.names if name.startswith("parameter.")]
    assert parameters == ["parameter.d_c_2", "parameter.d_a_1", "parameter.f_a"]
    assert found.field("parameter.d_a_1").metadata[b"unit"] == b"mg, weeks or level"
    assert "seed" in found.names
    assert "parameter.{parameter}" not in found.names


def test_a_table_of_candidates_takes_any_parameter() -> None:
    frame = pd.DataFrame({"candidate": ["1-000001"], "k_T1": [0.1]})
    schema = expanded(CANDIDATES_SCHEMA, frame.columns)
    table = pa.Table.from_pandas(frame, schema, preserve_index=False)
    assert table.schema.names == ["candidate", "k_T1"]
