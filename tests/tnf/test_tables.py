"""Tables of the study: each column says what it holds."""

import pyarrow as pa
import pytest

from theraflow.tnf.tables import RESULT_TABLES


@pytest.mark.parametrize("path", RESULT_TABLES)
def test_every_column_has_a_meaning_and_numbers_a_unit(path: str) -> None:
    for column in RESULT_TABLES[path]:
        assert column.metadata[b"meaning"], column.name
        unit = column.metadata[b"unit"].decode()
        if pa.types.is_string(column.type):
            assert not unit
        for suffix, expected in (("_min", "min"), ("_s", "s"), ("_percent", "%"), ("_um", "um")):
            if column.name.endswith(suffix):
                assert unit == expected, column.name
