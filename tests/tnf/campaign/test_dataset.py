"""Gathering batches to a data set, and reading data sets with errors that help."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_provenance, write_table
from theraflow.tnf import tables
from theraflow.tnf.campaign.dataset import gather_trajectories, join_radii
from theraflow.tnf.trajectories.reading import read_trajectories
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path
from theraflow.work.status import Status

POINT = {
    tables.TUMOR_RADIUS_UM: 100,
    tables.PULSE_PERIOD_MIN: 60,
    tables.PULSE_DURATION_MIN: 10,
    tables.TNF_CONCENTRATION: 0.5,
}


def write_batch(folder, name, simulations, failed=()):
    """Write a batch by hand: a row of changes to ``POINT`` per simulation."""
    keys = [
        POINT
        | {tables.REPLICATE: 0, tables.SEED: 7, tables.ENGINE: "by hand"}
        | {tables.SIMULATION_ID: f"{name}{number}"}
        | changes
        for number, changes in enumerate([*simulations, *failed])
    ]
    trajectories = [
        key | {tables.TIME_MIN: time, **dict.fromkeys(tables.CELL_TYPES, time // 60)}
        for key in keys[: len(simulations)]
        for time in range(0, 1441, 60)
    ]
    ledger = [
        key
        | {
            schema.WORK: schema.SIMULATION,
            schema.KEY: key[tables.SIMULATION_ID],
            schema.ATTEMPT: 1,
            schema.STATUS: Status.OK if number < len(simulations) else Status.FAILED,
            schema.REASON: "" if number < len(simulations) else "it burst",
            schema.BATCH: name,
            schema.HOST: "here",
            schema.SLURM_JOB_ID: "",
            schema.STARTED: datetime(2026, 1, 1, tzinfo=UTC),
            schema.LOG: "logs/by_hand.log",
        }
        for number, key in enumerate(keys)
    ]
    file = folder / f"{name}.parquet"
    write_table(pa.Table.from_pylist(trajectories, schema=tables.TRAJECTORY_SCHEMA), file, {})
    write_table(
        pa.Table.from_pylist(ledger, schema=tables.SIMULATION_LEDGER_SCHEMA), ledger_path(file), {}
    )
    return file


def test_a_data_set_is_sorted_whatever_the_order_of_its_batches(tmp_path):
    first = write_batch(tmp_path, "a", [{tables.PULSE_PERIOD_MIN: 90}, {tables.REPLICATE: 1}])
    second = write_batch(tmp_path, "b", [{}, {tables.TUMOR_RADIUS_UM: 50}])
    contents = []
    for files in ([first, second], [second, first]):
        target = tmp_path / "dataset.parquet"
        gather_trajectories(files, target, {"config": {"tnf": {}}})
        contents.append(target.read_bytes())
    assert contents[0] == contents[1]
    frame = read_trajectories(target)
    order = [*tables.POINT_COLUMNS, tables.REPLICATE, tables.TIME_MIN]
    pd.testing.assert_frame_equal(frame, frame.sort_values(order, ignore_index=True))
    assert list(frame[tables.SIMULATION_ID].unique()) == ["b1", "b0", "a1", "a0"]
    assert read_provenance(target) == {"config": {"tnf": {}}}
    assert pq.read_schema(target).field(tables.TIME_MIN).metadata[b"unit"] == b"min"


def test_joined_radii_are_what_gathering_all_their_batches_gives(tmp_path):
    batches = {
        radius: [
            write_batch(
                tmp_path,
                f"{radius}{name}",
                [{tables.TUMOR_RADIUS_UM: radius, tables.SEED: seed, tables.REPLICATE: seed % 5}],
                failed=[{tables.TUMOR_RADIUS_UM: radius, tables.REPLICATE: 5 + seed}],
            )
            for name, seed in zip("abc", (7, 3, 11), strict=True)
        ]
        for radius in (50, 100, 400)
    }
    for radius, files in batches.items():
        gather_trajectories(files, tmp_path / f"radius_{radius}.parquet", {})
    radius_files = [tmp_path / f"radius_{radius}.parquet" for radius in (400, 50, 100)]
    join_radii(radius_files, tmp_path / "joined.parquet", {"origin": "here"})
    all_batches = [file for files in batches.values() for file in files]
    gather_trajectories(all_batches, tmp_path / "at_once.parquet", {})
    for joined, at_once in [
        (tmp_path / "joined.parquet", tmp_path / "at_once.parquet"),
        (ledger_path(tmp_path / "joined.parquet"), ledger_path(tmp_path / "at_once.parquet")),
    ]:
        assert pq.read_table(joined).equals(pq.read_table(at_once))
        assert read_provenance(joined) == {"origin": "here"}


def test_drawn_radii_lie_among_the_others_in_the_joined_table(tmp_path):
    of_radii = {
        f"radius_{radius}um": [{tables.TUMOR_RADIUS_UM: radius, tables.REPLICATE: number}]
        for number, radius in enumerate((50, 100))
    }
    drawn = [{tables.TUMOR_RADIUS_UM: radius, tables.SEED: radius} for radius in (70, 30, 100)]
    batches = [
        write_batch(tmp_path, f"batch_{name}", simulations)
        for name, simulations in (of_radii | {"any_radius": drawn}).items()
    ]
    gathered = [tmp_path / batch.name.removeprefix("batch_") for batch in batches]
    for batch, file in zip(batches, gathered, strict=True):
        gather_trajectories([batch], file, {})
    join_radii(gathered[:2], tmp_path / "joined.parquet", {}, mixed=gathered[2:])
    gather_trajectories(batches, tmp_path / "at_once.parquet", {})
    for joined, at_once in [
        (tmp_path / "joined.parquet", tmp_path / "at_once.parquet"),
        (ledger_path(tmp_path / "joined.parquet"), ledger_path(tmp_path / "at_once.parquet")),
    ]:
        assert pq.read_table(joined).equals(pq.read_table(at_once))
    radii = read_trajectories(tmp_path / "joined.parquet")[tables.TUMOR_RADIUS_UM]
    assert list(radii.iloc[::25]) == [30, 50, 70, 100, 100]


def test_failed_simulations_are_in_the_ledger_only(tmp_path):
    batch = write_batch(tmp_path, "a", [{}], failed=[{tables.SEED: 13}])
    target = tmp_path / "dataset.parquet"
    gather_trajectories([batch], target, {})
    ledger = pq.read_table(ledger_path(target)).to_pandas()
    (failure,) = ledger[ledger[schema.STATUS] == Status.FAILED].to_dict("records")
    assert (failure[tables.SEED], failure[schema.REASON]) == (13, "it burst")
    assert set(read_trajectories(target)[tables.SEED]) == {7}


def test_a_batch_without_success_does_not_keep_the_others_back(tmp_path):
    files = [write_batch(tmp_path, "a", [], failed=[{}]), write_batch(tmp_path, "b", [{}])]
    target = tmp_path / "dataset.parquet"
    gather_trajectories(files, target, {})
    assert set(read_trajectories(target)[tables.SIMULATION_ID]) == {"b0"}
    assert pq.read_table(ledger_path(target)).num_rows == 2


def test_a_campaign_without_success_is_an_error(tmp_path):
    batch = write_batch(tmp_path, "a", [], failed=[{}])
    with pytest.raises(UserError, match="every simulation failed"):
        gather_trajectories([batch], tmp_path / "dataset.parquet", {})


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "foreign", "no rows", "missing"])
def test_a_file_that_is_no_data_set_is_one_line_with_its_name_and_the_remedy(tmp_path, damage):
    whole = write_batch(tmp_path, "whole", [{}])
    file = tmp_path / f"{damage}.parquet"
    if damage == "truncated":
        file.write_bytes(whole.read_bytes()[:-20])
    elif damage == "empty":
        file.touch()
    elif damage == "text":
        file.write_text("tumor_radius_um,time_min\n100,0\n")
    elif damage == "foreign":
        pd.DataFrame({"x": np.arange(3)}).to_parquet(file)
    elif damage == "no rows":
        pq.write_table(tables.TRAJECTORY_SCHEMA.empty_table(), file)
    with pytest.raises(UserError) as caught:
        read_trajectories(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    assert message.endswith("give a table of trajectories as `snakemake tnf_dataset` makes it")


def test_a_foreign_file_names_the_columns_it_lacks(tmp_path):
    file = tmp_path / "foreign.parquet"
    pd.DataFrame({"time_min": [0]}).to_parquet(file)
    with pytest.raises(UserError, match="lacks the columns alive, necrotic"):
        read_trajectories(file, ["time_min", "alive", "necrotic"])
