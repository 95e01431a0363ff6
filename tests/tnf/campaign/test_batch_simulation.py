"""Running a batch: resumed after a kill, failures kept apart, the same bytes on any machine."""

import errno
import json
import logging
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from support.arithmetic_engine import BATCH, ArithmeticEngine, make_batch, run

from theraflow.core.errors import UserError
from theraflow.core.parquet import write_table
from theraflow.tnf import tables
from theraflow.tnf.campaign import batch_files
from theraflow.tnf.simulation import simulation_id
from theraflow.tnf.trajectories.reading import read_trajectories
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path
from theraflow.work.status import Status


@pytest.fixture
def engine(tmp_path) -> ArithmeticEngine:
    return ArithmeticEngine(tmp_path / "notes.txt")


def test_a_batch_is_the_trajectories_of_its_simulations(engine, tmp_path):
    frame = read_trajectories(run(BATCH, engine, tmp_path))
    assert pq.read_schema(tmp_path / f"{BATCH.batch_id}.parquet").equals(tables.TRAJECTORY_SCHEMA)
    assert len(frame) == 25 * len(BATCH.simulations)
    for simulation in BATCH.simulations:
        rows = frame[frame[tables.SIMULATION_ID] == simulation_id(simulation, engine.fingerprint)]
        assert (rows[tables.SEED] == simulation.seed).all()
        assert list(rows[tables.TIME_MIN]) == list(range(0, 1441, 60))
        np.testing.assert_array_equal(rows[list(tables.CELL_TYPES)], engine.simulate(simulation))


def test_a_longer_batch_takes_nothing_over_from_a_shorter_one(engine, tmp_path):
    run(make_batch("b" * 16, range(10, 15)), engine, tmp_path)
    engine.notes.unlink()
    longer = make_batch("c" * 16, range(10, 15), horizon_min=4620)
    frame = read_trajectories(run(longer, engine, tmp_path))
    assert engine.simulated() == list(range(10, 15))
    assert len(frame) == 78 * len(longer.simulations)
    for simulation in longer.simulations:
        rows = frame[frame[tables.SIMULATION_ID] == simulation_id(simulation, engine.fingerprint)]
        assert list(rows[tables.TIME_MIN]) == list(range(0, 4621, 60))
        np.testing.assert_array_equal(rows[list(tables.CELL_TYPES)], engine.simulate(simulation))


def test_any_number_of_workers_writes_the_same_bytes(engine, tmp_path):
    contents = {
        run(BATCH, engine, tmp_path / str(workers), workers).read_bytes() for workers in (1, 2, 7)
    }
    assert len(contents) == 1


def test_failed_simulations_are_rows_and_fail_nothing_else(engine, tmp_path):
    troubled = replace(
        engine, raises=frozenset({12}), misshapes=frozenset({15}), dies=frozenset({20})
    )
    file = run(BATCH, troubled, tmp_path, max_failed_fraction=0.15)
    attempts = pq.read_table(ledger_path(file)).to_pandas().set_index(tables.PULSE_PERIOD_MIN)
    # Whose worker was killed is tried twice.
    assert list(attempts.index) == sorted([*range(10, 30), 20])
    ledger = attempts.groupby(level=0).tail(1)
    failed = ledger[ledger[schema.STATUS] != Status.OK]
    assert dict(failed[schema.STATUS]) == {
        12: Status.FAILED,
        15: Status.REJECTED,
        20: Status.KILLED,
    }
    assert failed.loc[12, schema.REASON] == "ArithmeticError: no solution for 12"
    assert "(24, 3)" in failed.loc[15, schema.REASON]
    assert "worker process died" in failed.loc[20, schema.REASON]
    assert list(ledger[tables.SEED]) == [item.seed for item in BATCH.simulations]
    assert (ledger.drop(failed.index)[schema.REASON] == "").all()
    simulated = set(read_trajectories(file)[tables.PULSE_PERIOD_MIN])
    assert simulated == set(range(10, 30)) - {12, 15, 20}


def test_a_worker_that_is_killed_once_loses_nothing(engine, tmp_path):
    undisturbed = run(BATCH, engine, tmp_path / "undisturbed")
    engine.notes.unlink()
    killed = run(BATCH, replace(engine, dies_once=frozenset({12, 20})), tmp_path / "killed")
    assert killed.read_bytes() == undisturbed.read_bytes()
    ledger = pq.read_table(ledger_path(killed)).to_pandas()
    twice = ledger[ledger[schema.ATTEMPT].groupby(ledger[schema.KEY]).transform("max") == 2]
    assert list(twice[tables.PULSE_PERIOD_MIN]) == [12, 12, 20, 20]
    assert list(twice[schema.STATUS]) == 2 * [Status.KILLED, Status.OK]
    assert twice[tables.SEED].nunique() == 2


def test_what_kills_every_worker_is_tried_twice_a_few_times_only(engine, tmp_path):
    troubled = replace(engine, dies=frozenset(range(10, 30)))
    with pytest.raises(UserError, match=r"20 of 20 failed, .*: 20 x its worker process died"):
        run(BATCH, troubled, tmp_path)
    assert len(engine.simulated()) == 20 + 8


def test_too_many_failures_fail_the_batch_and_keep_the_rest(engine, tmp_path):
    troubled = replace(engine, raises=frozenset({12, 13}))
    with pytest.raises(UserError, match=r"2 of 20 .* 1 x ArithmeticError: no solution for 1[23]"):
        run(BATCH, troubled, tmp_path, max_failed_fraction=0.05)
    assert not list(tmp_path.glob("*.parquet"))
    engine.notes.unlink()
    run(BATCH, engine, tmp_path)
    assert engine.simulated() == [12, 13]


def test_a_disk_that_fills_up_between_the_tables_leaves_nothing_that_looks_finished(
    engine, tmp_path, monkeypatch
):
    written: list[Path] = []

    def full_after_one(table, path, provenance):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write_table(table, path, provenance)

    monkeypatch.setattr(batch_files, "write_table", full_after_one)
    with pytest.raises(OSError, match="No space left"):
        run(BATCH, engine, tmp_path)
    # Snakemake may be unable to note the failure: a batch that is there would count as finished.
    assert not (tmp_path / f"{BATCH.batch_id}.parquet").exists()
    monkeypatch.undo()
    engine.notes.unlink()
    file = run(BATCH, engine, tmp_path)
    assert not engine.notes.exists()
    ledger = pq.read_table(ledger_path(file)).to_pandas()
    assert (ledger[schema.ATTEMPT] == 1).all()
    assert len(ledger) == len(BATCH.simulations)
    assert file.read_bytes() == run(BATCH, engine, tmp_path / "whole").read_bytes()


def test_a_killed_batch_goes_on_where_it_was(engine, tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED_RUN, str(engine.notes), str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    journal = folder / f"{BATCH.batch_id}.journal"
    kept = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [record["event"] for record in kept].count("end") == 7
    assert not list(folder.glob("*.parquet"))
    with journal.open("a") as file:
        file.write('{"simulation_id": "cut in mid-wr')

    engine.notes.unlink()
    resumed = run(BATCH, engine, folder)
    assert engine.simulated() == list(range(17, 30))
    assert not journal.exists()
    assert resumed.read_bytes() == run(BATCH, engine, tmp_path / "whole").read_bytes()


KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from support.arithmetic_engine import BATCH, ArithmeticEngine, run
from theraflow.work.ledger.attempts import Attempts

end = Attempts.end
ended = []
def end_and_die(self, *arguments):
    end(self, *arguments)
    ended.append(arguments)
    if len(ended) == 7:
        os.kill(os.getpid(), signal.SIGKILL)
Attempts.end = end_and_die
run(BATCH, ArithmeticEngine(Path(sys.argv[1])), Path(sys.argv[2]), workers=1)
"""


def test_simulations_of_other_batches_are_taken_over(engine, tmp_path):
    run(make_batch("b" * 16, range(5, 15)), engine, tmp_path)
    run(make_batch("c" * 16, range(25, 27)), engine, tmp_path)
    engine.notes.unlink()
    taken_over = run(BATCH, engine, tmp_path)
    assert engine.simulated() == [*range(15, 25), 27, 28, 29]
    assert taken_over.read_bytes() == run(BATCH, engine, tmp_path / "alone").read_bytes()


def test_failed_simulations_are_not_taken_over(engine, tmp_path):
    troubled = replace(engine, raises=frozenset({12}))
    run(make_batch("b" * 16, range(5, 15)), troubled, tmp_path, max_failed_fraction=1)
    engine.notes.unlink()
    run(BATCH, engine, tmp_path)
    assert engine.simulated() == [12, *range(15, 30)]


def test_siblings_are_not_read_as_they_hold_other_simulations(engine, tmp_path, caplog):
    sibling = run(make_batch("b" * 16, range(30, 40)), engine, tmp_path)
    ledger_path(sibling).write_bytes(b"unreadable")
    run(BATCH, engine, tmp_path / "elsewhere", siblings={sibling.stem})
    with caplog.at_level(logging.WARNING):
        run(BATCH, engine, tmp_path, siblings={sibling.stem})
        assert not caplog.records
        run(make_batch("c" * 16, range(50, 52)), engine, tmp_path)
        assert "nothing is taken over from a damaged batch" in caplog.text


@pytest.mark.parametrize("damaged", ["trajectories", "ledger"])
def test_a_damaged_batch_of_an_earlier_plan_stops_no_other(engine, tmp_path, damaged):
    orphan = run(make_batch("b" * 16, range(5, 15)), engine, tmp_path)
    file = orphan if damaged == "trajectories" else ledger_path(orphan)
    file.write_bytes(file.read_bytes()[:-100])
    engine.notes.unlink()
    run(BATCH, engine, tmp_path)
    assert engine.simulated() == list(range(10, 30))


def test_a_damaged_ledger_of_the_batch_itself_is_named_with_the_remedy(engine, tmp_path):
    ledger = ledger_path(run(BATCH, engine, tmp_path))
    ledger.write_bytes(ledger.read_bytes()[:-100])
    with pytest.raises(UserError, match=rf"{ledger}: damaged, .*; delete it") as caught:
        run(BATCH, engine, tmp_path)
    assert "\n" not in str(caught.value)
