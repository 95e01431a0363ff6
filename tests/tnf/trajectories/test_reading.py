"""Tables are read piece by piece, and hold the same simulations however they are cut."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.surrogate_frames import toy_frame

from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.trajectories import reading
from theraflow.tnf.trajectories.arrays import (
    REQUIRED_COLUMNS,
    SIMULATION_COLUMNS,
    Trajectories,
    trajectories,
    trajectories_of_radius,
)
from theraflow.tnf.trajectories.reading import read_all_simulations

ROWS_PER_SIMULATION = 25


def own_table(frame: pd.DataFrame) -> pa.Table:
    """A table with the columns that surrogates need, sorted and typed as the workflow's are."""
    names = [tables.SIMULATION_ID, *REQUIRED_COLUMNS]
    frame = frame.astype(dict.fromkeys(tables.CELL_TYPES, int))
    ordered = frame.sort_values([*SIMULATION_COLUMNS, tables.TIME_MIN], ignore_index=True)
    number = ordered.groupby(SIMULATION_COLUMNS, sort=False).ngroup()
    ordered[tables.SIMULATION_ID] = [
        f"{radius}-{index}"
        for radius, index in zip(ordered[tables.TUMOR_RADIUS_UM], number, strict=True)
    ]
    schema = pa.schema([tables.TRAJECTORY_SCHEMA.field(name) for name in names])
    return pa.Table.from_pandas(ordered[names], schema, preserve_index=False)


def assert_same(first: Trajectories, second: Trajectories) -> None:
    for field in fields(Trajectories):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))
    assert first.content_hash == second.content_hash


@pytest.fixture
def whole_reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The tables that were read as a whole."""
    paths: list[Path] = []
    read = reading.read_simulations

    def counted(path: Path) -> pd.DataFrame:
        paths.append(path)
        return read(path)

    monkeypatch.setattr(reading, "read_simulations", counted)
    return paths


@pytest.mark.parametrize("rows_per_group", [1, 24, 25, 26, 60, 10**6])
def test_row_groups_may_end_anywhere(
    rows_per_group: int, tmp_path: Path, whole_reads: list[Path]
) -> None:
    table = own_table(toy_frame(radii=(50, 100), points=4, replicates=2))
    pq.write_table(table, tmp_path / "own.parquet", row_group_size=rows_per_group)

    read = read_all_simulations([tmp_path / "own.parquet"])

    assert_same(read, trajectories(table.to_pandas()))
    assert not whole_reads


def test_several_tables_are_sorted_as_one(tmp_path: Path) -> None:
    table = own_table(toy_frame(radii=(50, 100), points=6))
    simulations = np.arange(table.num_rows) // ROWS_PER_SIMULATION
    files = [tmp_path / f"{part}.parquet" for part in range(3)]
    for part, file in enumerate(files):
        pq.write_table(table.filter(pa.array(simulations % 3 == part)), file)

    joined = read_all_simulations(files)

    assert_same(joined, trajectories(table.to_pandas()))
    assert_same(trajectories_of_radius(joined, 100), trajectories_of_radius(table.to_pandas(), 100))


def shuffled(table: pa.Table) -> pa.Table:
    return table.take(np.random.default_rng(1).permutation(table.num_rows))


def of_other_types(table: pa.Table) -> pa.Table:
    return pa.Table.from_pandas(table.to_pandas().astype({tables.REPLICATE: float}))


def without_ids(table: pa.Table) -> pa.Table:
    return table.drop_columns([tables.SIMULATION_ID])


@pytest.mark.parametrize("write", [shuffled, of_other_types, without_ids])
def test_tables_of_other_programs_are_read(
    write: Callable[[pa.Table], pa.Table], tmp_path: Path
) -> None:
    table = write(own_table(toy_frame(radii=(50, 100), points=4)))
    pq.write_table(table, tmp_path / "other.parquet", row_group_size=70)

    assert_same(read_all_simulations([tmp_path / "other.parquet"]), trajectories(table.to_pandas()))


def refused(frames: Sequence[pd.DataFrame], folder: Path) -> str:
    files = [folder / f"{number}.parquet" for number in range(len(frames))]
    for frame, file in zip(frames, files, strict=True):
        pq.write_table(own_table(frame), file)
    with pytest.raises(UserError) as error:
        read_all_simulations(files)
    return str(error.value)


def test_a_simulation_in_two_tables_is_refused(tmp_path: Path) -> None:
    frame = toy_frame(points=4)
    message = refused([frame, frame.iloc[:ROWS_PER_SIMULATION]], tmp_path)
    assert message == (
        "tumor_radius_um=50: two simulations share parameters and replicate; "
        "number the replicates apart"
    )


def test_an_id_in_two_tables_is_refused(tmp_path: Path) -> None:
    # Both number their simulations from 0.
    message = refused([toy_frame(points=4), toy_frame(points=4, seed=1)], tmp_path)
    assert "names several simulations" in message


def test_tables_of_different_horizons_are_refused(tmp_path: Path) -> None:
    short = toy_frame(points=2, seed=1)
    message = refused([toy_frame(points=2), short[short.time_min <= 720]], tmp_path)
    assert "end at 720 and at 1440 min" in message


def test_an_hour_that_is_missing_is_named(tmp_path: Path) -> None:
    frame = toy_frame(points=4)
    message = refused([frame.drop(index=frame.index[30])], tmp_path)
    assert "1 simulations lack some of the times 0, 60, ..., 1440 min" in message


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    message = refused([toy_frame(points=1).iloc[:0]], tmp_path)
    assert "holds no trajectories" in message
