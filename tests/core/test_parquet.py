"""Tables that were damaged on disk are refused, never read as other numbers."""

import errno
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table, write_table

FLIPS = 300
_FOOTER_END = 8


@pytest.fixture(params=[4, 4000], ids=["small", "large"])
def file(request, tmp_path) -> Path:
    generator = np.random.default_rng(1)
    counts = generator.integers(0, 1000, request.param)
    table = pa.table({"alive": counts, "reason": [f"lost {count}" for count in counts]})
    write_table(table, tmp_path / "table.parquet", {})
    return tmp_path / "table.parquet"


def test_a_flipped_bit_is_never_read_as_another_number(file):
    whole = file.read_bytes()
    table = read_table(file, None, "")
    pages = len(whole) - _FOOTER_END - int.from_bytes(whole[-8:-4], "little")
    draw = random.Random(1)
    refusals = []
    for _ in range(FLIPS):
        damaged = bytearray(whole)
        damaged[draw.randrange(pages)] ^= 1 << draw.randrange(8)
        file.write_bytes(damaged)
        try:
            found = read_table(file, None, "make it again")
        except UserError as error:
            refusals.append(str(error))
        else:
            assert found.equals(table)
    assert len(refusals) > FLIPS / 2
    assert all(refusal.startswith(f"{file}: damaged, or not Parquet") for refusal in refusals)


@pytest.mark.parametrize("kept", [0, 5, 0.5, -1])
def test_a_table_that_is_cut_is_refused(file, kept):
    whole = file.read_bytes()
    file.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(UserError, match="make it again"):
        read_table(file, None, "make it again")


def test_a_table_that_cannot_be_opened_is_not_called_damaged(file, monkeypatch):
    def no_more_files(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(pq, "ParquetFile", no_more_files)
    with pytest.raises(OSError, match="Too many open files"):
        read_table(file, None, "delete it")
