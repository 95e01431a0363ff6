"""Sorting files that do not fit in memory, compared with sorting them there."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from theraflow.core.errors import UserError
from theraflow.core.external_sort import sort_files
from theraflow.core.parquet import read_provenance, write_table

SCHEMA = pa.schema(
    [
        pa.field("radius", pa.int32(), nullable=False),
        pa.field("dose", pa.float64(), nullable=False, metadata={"unit": "relative"}),
        pa.field("time", pa.int32(), nullable=False),
        pa.field("remark", pa.string()),
    ]
)
ORDER = [(name, "ascending") for name in ("radius", "dose", "time")]


def write_random_files(folder: Path, files: int, rows: int, doses: int, seed: int) -> list[Path]:
    rng = np.random.default_rng(seed)
    paths = []
    for number in range(files):
        n = int(rng.integers(rows + 1))
        table = pa.table(
            {
                "radius": rng.choice([50, 100], n).astype(np.int32),
                "dose": rng.integers(-doses, doses, n) / doses,
                "time": rng.integers(0, 5, n).astype(np.int32),
                "remark": [None if row % 7 == 0 else f"{number}, {row}" for row in range(n)],
            },
            schema=SCHEMA,
        )
        path = folder / f"{number:03}.parquet"
        pq.write_table(table, path, row_group_size=max(1, rows // 3))
        paths.append(path)
    return paths


def sort(files: list[Path], target: Path, rows_per_part: int) -> None:
    sort_files(
        files,
        target,
        {"origin": "here"},
        schema=SCHEMA,
        keys=("radius", "dose"),
        within_key=("time",),
        remedy="fix it",
        rows_per_part=rows_per_part,
    )


@pytest.mark.parametrize("rows_per_part", [1, 7, 40, 10_000])
@pytest.mark.parametrize("doses", [1, 10, 1000])
def test_the_result_is_that_of_sorting_in_memory(tmp_path, rows_per_part, doses):
    files = write_random_files(tmp_path, files=9, rows=50, doses=doses, seed=doses)
    in_memory = pa.concat_tables([pq.read_table(file) for file in files]).sort_by(ORDER)
    sort(files, tmp_path / "sorted.parquet", rows_per_part)
    assert pq.read_table(tmp_path / "sorted.parquet").equals(in_memory)
    assert pq.read_schema(tmp_path / "sorted.parquet").equals(SCHEMA)
    assert read_provenance(tmp_path / "sorted.parquet") == {"origin": "here"}


def test_the_order_of_the_files_changes_no_byte(tmp_path):
    files = write_random_files(tmp_path, files=6, rows=40, doses=2, seed=1)
    for number, order in enumerate((files, files[::-1], files[3:] + files[:3])):
        sort(order, tmp_path / f"sorted_{number}", rows_per_part=16)
    contents = {(tmp_path / f"sorted_{number}").read_bytes() for number in range(3)}
    assert len(contents) == 1


def test_row_groups_have_the_size_asked_for_and_part_no_key(tmp_path):
    files = write_random_files(tmp_path, files=8, rows=100, doses=40, seed=2)
    sort(files, tmp_path / "sorted.parquet", rows_per_part=50)
    with pq.ParquetFile(tmp_path / "sorted.parquet") as file:
        groups = [file.read_row_group(index) for index in range(file.num_row_groups)]
    assert len(groups) > 4
    keys = [
        set(zip(*group.select(["radius", "dose"]).to_pydict().values(), strict=True))
        for group in groups
    ]
    assert sum(len(each) for each in keys) == len(set.union(*keys))
    most_rows_of_a_key = 25
    assert max(len(group) for group in groups) < 50 + most_rows_of_a_key


def test_memory_does_not_grow_with_the_files(tmp_path):
    files = write_random_files(tmp_path, files=60, rows=6000, doses=1000, seed=3)
    whole = sum(pq.read_table(file).nbytes for file in files)
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    usual = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        sort(files, tmp_path / "sorted.parquet", rows_per_part=4000)
    finally:
        pa.set_memory_pool(usual)
    assert 0 < pool.max_memory() < whole / 4


@pytest.mark.parametrize("damage", ["truncated", "missing", "another type", "a column short"])
def test_a_damaged_file_is_named_and_nothing_is_written(tmp_path, damage):
    files = write_random_files(tmp_path, files=3, rows=50, doses=5, seed=4)
    table = pq.read_table(files[1])
    if damage == "truncated":
        files[1].write_bytes(files[1].read_bytes()[:-30])
    elif damage == "missing":
        files[1].unlink()
    elif damage == "another type":
        text = pa.array(["0.5"] * len(table))
        write_table(table.set_column(1, "dose", text), files[1], {})
    else:
        write_table(table.drop_columns(["remark"]), files[1], {})
    with pytest.raises(UserError) as caught:
        sort(files, tmp_path / "sorted", rows_per_part=20)
    assert str(caught.value).startswith(f"{files[1]}: ")
    assert str(caught.value).endswith("; fix it")
    assert not (tmp_path / "sorted").exists()


def test_a_file_damaged_beyond_its_keys_is_named(tmp_path):
    files = write_random_files(tmp_path, files=3, rows=50, doses=5, seed=5)
    with pq.ParquetFile(files[2]) as file:
        remark = file.metadata.row_group(0).column(3)
    content = bytearray(files[2].read_bytes())
    content[remark.dictionary_page_offset : remark.dictionary_page_offset + 40] = bytes(40)
    files[2].write_bytes(content)
    with pytest.raises(UserError, match=r"002\.parquet: damaged, or not Parquet"):
        sort(files, tmp_path / "sorted", rows_per_part=20)
    assert not (tmp_path / "sorted").exists()
