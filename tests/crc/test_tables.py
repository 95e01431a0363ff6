"""Tables of the study: each column says what it holds."""

import pandas as pd
import pyarrow as pa
import pytest

from theraflow.core.columns import expanded
from theraflow.crc.tables import CANDIDATES_SCHEMA, IMPROVEMENTS_SCHEMA, RESULT_TABLES


@pytest.mark.parametrize("path", RESULT_TABLES)
def test_every_column_has_a_meaning_and_numbers_a_unit(path: str) -> None:
    for column in RESULT_TABLES[path]:
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
    columns = ["objective", "d_c_2", "d_a_1", "d_a_15", "f_a"]
    found = expanded(IMPROVEMENTS_SCHEMA, columns)
    doses = [name for name in found.names if name.startswith("d_")]
    assert doses == ["d_a_1", "d_a_15", "d_c_2"]
    assert found.field("d_a_15").metadata[b"unit"] == b"mg"
    assert "seed" in found.names
    assert "d_a_{month}" not in found.names


def test_a_table_of_candidates_takes_any_parameter() -> None:
    frame = pd.DataFrame({"candidate": ["1-000001"], "k_T1": [0.1]})
    schema = expanded(CANDIDATES_SCHEMA, frame.columns)
    table = pa.Table.from_pandas(frame, schema, preserve_index=False)
    assert table.schema.names == ["candidate", "k_T1"]
