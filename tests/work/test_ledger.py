"""The ledger tells of every attempt, whatever ended it, and what is finished never runs again."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.arithmetic_engine import BATCH, ArithmeticEngine, make_batch, run
from typer.testing import CliRunner

from theraflow.cli import app
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import failed_work, ledger_path, stream_ledger
from theraflow.work.ledger.summary import RUN_AGAIN, summarise_ledger
from theraflow.work.status import Status

HANGING = 17


@pytest.fixture
def engine(tmp_path) -> ArithmeticEngine:
    return ArithmeticEngine(tmp_path / "notes.txt")


def read(folder: Path) -> pd.DataFrame:
    parts = list(stream_ledger(folder))
    frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return frame.sort_values([schema.KEY, schema.ATTEMPT], ignore_index=True)


RUN_UNTIL_IT_HANGS = f"""
import sys
from pathlib import Path
from support.arithmetic_engine import BATCH, ArithmeticEngine, run
engine = ArithmeticEngine(Path(sys.argv[1]), hangs=frozenset({{{HANGING}}}))
run(BATCH, engine, Path(sys.argv[2]), workers=1)
"""


def end_while_it_hangs(
    engine: ArithmeticEngine, folder: Path, number: int, **variables: str
) -> int:
    """Run a batch in a process of its own, end it by a signal when it hangs; return its code."""
    command = [sys.executable, "-c", RUN_UNTIL_IT_HANGS, str(engine.notes), str(folder)]
    environment = os.environ | variables
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], env=environment) as process:
        deadline = time.monotonic() + 120
        while HANGING not in engine.simulated():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
    return process.returncode


@pytest.mark.parametrize(
    ("number", "variables", "status", "reason"),
    [
        (signal.SIGKILL, {}, Status.KILLED, "without a word"),
        (signal.SIGTERM, {}, Status.KILLED, "ended by SIGTERM"),
        (signal.SIGTERM, {"SLURM_JOB_END_TIME": "4102444800"}, Status.KILLED, "ended by SIGTERM"),
        (signal.SIGTERM, {"SLURM_JOB_END_TIME": "1"}, Status.TIMED_OUT, "time limit of its job"),
    ],
)
def test_a_job_that_is_ended_leaves_its_attempts_and_repeats_none_that_finished(
    engine, tmp_path, number, variables, status, reason
):
    folder = tmp_path / "results"
    code = end_while_it_hangs(engine, folder, number, SLURM_JOB_ID="4711", **variables)
    assert code == -number
    before = read(folder)
    assert (before[schema.STATUS] == Status.OK).sum() == HANGING - 10
    (unfinished,) = before[before[schema.STATUS] != Status.OK].to_dict("records")
    assert unfinished[schema.STATUS] == (schema.UNFINISHED if number == signal.SIGKILL else status)

    engine.notes.unlink()
    run(BATCH, engine, folder)
    assert engine.simulated() == list(range(HANGING, 30))
    after = read(folder)
    assert len(after) == len(BATCH.simulations) + 1
    ended, finished = after[after[schema.KEY] == unfinished[schema.KEY]].to_dict("records")
    assert (ended[schema.ATTEMPT], ended[schema.STATUS]) == (1, status)
    assert reason in ended[schema.REASON]
    assert (ended[schema.SLURM_JOB_ID], finished[schema.SLURM_JOB_ID]) == ("4711", "")
    assert (finished[schema.ATTEMPT], finished[schema.STATUS]) == (2, Status.OK)
    assert ended[schema.STARTED] < finished[schema.STARTED]
    assert not summarise_ledger(stream_ledger(folder), 5).run_again[RUN_AGAIN].any()
    others = after[after[schema.KEY] != unfinished[schema.KEY]]
    assert (others[schema.ATTEMPT] == 1).all()
    assert others[schema.KEY].is_unique


def test_a_job_that_dies_between_its_files_and_its_journal_counts_its_attempts_once(
    engine, tmp_path, monkeypatch
):
    monkeypatch.setattr("theraflow.work.ledger.journal.Journal.remove", lambda _: None)
    file = run(BATCH, engine, tmp_path)
    assert len(read(tmp_path)) == len(BATCH.simulations)
    monkeypatch.undo()
    content = file.read_bytes()
    engine.notes.unlink()
    run(BATCH, engine, tmp_path)
    assert engine.simulated() == []
    assert file.read_bytes() == content
    assert len(read(tmp_path)) == len(BATCH.simulations)


def test_a_batch_that_runs_again_repeats_nothing_and_forgets_nothing(engine, tmp_path):
    file = run(BATCH, engine, tmp_path)
    content, ledger = file.read_bytes(), pq.read_table(ledger_path(file))
    engine.notes.unlink()
    run(BATCH, engine, tmp_path)
    assert engine.simulated() == []
    assert file.read_bytes() == content
    assert pq.read_table(ledger_path(file)).equals(ledger)


def test_a_retry_runs_what_failed_and_nothing_else(engine, tmp_path):
    troubled = replace(
        engine, raises=frozenset({12, 13}), misshapes=frozenset({15}), dies=frozenset({20})
    )
    file = run(BATCH, troubled, tmp_path, max_failed_fraction=0.5)
    assert len(failed_work(ledger_path(file))) == 3

    engine.notes.unlink()
    run(BATCH, replace(engine, raises=frozenset({13})), tmp_path, max_failed_fraction=0.5)
    assert engine.simulated() == [12, 13, 20]
    assert len(failed_work(ledger_path(file))) == 1

    engine.notes.unlink()
    run(BATCH, engine, tmp_path, max_failed_fraction=0.5)
    assert engine.simulated() == [13]
    assert failed_work(ledger_path(file)) == []
    frame = read(tmp_path)
    failures = frame[frame[schema.STATUS] != Status.OK]
    assert dict(failures[schema.STATUS].value_counts()) == {
        Status.FAILED: 3,
        Status.REJECTED: 1,
        # Once more in the same run.
        Status.KILLED: 2,
    }
    whole = run(make_batch("b" * 16, range(10, 30)), engine, tmp_path / "whole")
    succeeded = pq.read_table(file)
    expected = pq.read_table(whole)
    period = expected[tables.PULSE_PERIOD_MIN].to_numpy()
    assert succeeded.equals(expected.filter(period != 15))


def test_a_simulation_that_hangs_is_ended_and_the_others_are_not(engine, tmp_path):
    hanging = replace(engine, hangs=frozenset({12}))
    run(BATCH, hanging, tmp_path, max_failed_fraction=0.1, simulation_time_limit_s=2)
    frame = read(tmp_path)
    (hung,) = frame[frame[schema.STATUS] != Status.OK].to_dict("records")
    assert (hung[schema.STATUS], hung[schema.REASON]) == (
        Status.TIMED_OUT,
        "it took more than 2 s",
    )
    assert hung[schema.WALL_S] >= 2


def test_what_is_taken_over_is_told_once(engine, tmp_path):
    run(make_batch("b" * 16, range(5, 15)), engine, tmp_path)
    run(BATCH, engine, tmp_path)
    own = pq.read_table(tmp_path / f"{BATCH.batch_id}.ledger.parquet").to_pandas()
    assert len(own) == len(BATCH.simulations)
    assert set(own[schema.BATCH]) == {"b" * 16, BATCH.batch_id}
    frame = read(tmp_path)
    assert len(frame) == frame[schema.KEY].nunique() == 25


def test_beyond_the_budget_no_batch_goes_on(engine, tmp_path):
    troubled = replace(engine, raises=frozenset(range(100)))
    with pytest.raises(UserError, match="more than the_limit = 3 of this campaign have failed"):
        run(BATCH, troubled, tmp_path, workers=1, limit=3, max_failed_fraction=1)
    assert engine.simulated() == [10, 11, 12, 13]
    other = make_batch("b" * 16, range(40, 50))
    with pytest.raises(UserError, match="of this campaign"):
        run(other, replace(engine, raises=frozenset({40})), tmp_path, workers=1, limit=3)
    run(BATCH, engine, tmp_path, limit=3)
    run(other, engine, tmp_path, limit=3)
    assert not list((tmp_path / "failures").iterdir())


def test_two_jobs_of_one_batch_work_one_after_the_other(engine, tmp_path):
    code = RUN_UNTIL_IT_HANGS.replace("hangs", "raises").replace(
        "workers=1", "workers=1, max_failed_fraction=1"
    )
    command = [sys.executable, "-c", code, str(engine.notes), str(tmp_path)]
    folder = Path(__file__).parents[1]
    jobs = [subprocess.Popen(command, cwd=folder) for _ in range(2)]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0]
    # The second takes over all that the first has finished, and tries only what failed.
    assert engine.simulated() == sorted([*range(10, 30), HANGING])


def test_two_jobs_of_one_batch_finish_where_the_file_system_has_no_locks(engine, tmp_path):
    no_locks = (
        "import fcntl\n"
        "def refuse(*_): raise OSError(95, 'Operation not supported')\n"
        "fcntl.flock = refuse\n"
    )
    hangs = f"hangs=frozenset({{{HANGING}}})"
    assert hangs in RUN_UNTIL_IT_HANGS
    code = no_locks + RUN_UNTIL_IT_HANGS.replace(hangs, "pause_s=0.05")
    command = [sys.executable, "-c", code, str(engine.notes), str(tmp_path)]
    jobs = [subprocess.Popen(command, cwd=Path(__file__).parents[1]) for _ in range(2)]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0]
    ledger = pd.read_parquet(tmp_path / f"{BATCH.batch_id}.ledger.parquet")
    # The last writer may not have seen the end of the other's last simulation.
    succeeded = ledger[ledger[schema.STATUS] == Status.OK]
    assert succeeded[schema.KEY].nunique() == len(BATCH.simulations)
    alone = run(BATCH, engine, tmp_path / "alone")
    assert (tmp_path / alone.name).read_bytes() == alone.read_bytes()


def test_the_id_of_an_array_task_is_the_one_that_users_see(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "4714")
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "4711")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    job = Job.here("logs/x.log", runtime_min=10)
    assert job.slurm_job_id == "4711_3"
    assert job.ends_at is not None
    assert job.ends_at - job.started_at == 600


def test_the_command_sums_up_and_names_the_worst(engine, tmp_path):
    folder = tmp_path / "results"
    troubled = replace(engine, raises=frozenset({12}), dies=frozenset({13}))
    run(BATCH, troubled, folder, max_failed_fraction=1)
    engine.notes.unlink()
    run(BATCH, replace(engine, raises=frozenset({12})), folder, max_failed_fraction=1)

    text = CliRunner().invoke(app, ["ledger", str(folder)]).output
    assert "no solution for 12" in text
    printed = CliRunner().invoke(app, ["ledger", str(folder), "--format", "json"]).output
    content = json.loads(printed)
    assert {item["status"]: item["attempts"] for item in content["counts"]} == {
        "failed": 2,
        "killed": 2,
        "ok": 19,
    }
    worst = {item["seed"]: (item["failures"], item["status"]) for item in content["most_failures"]}
    assert worst == {
        BATCH.simulations[2].seed: (2, "failed"),
        BATCH.simulations[3].seed: (2, "killed"),
    }

    out = tmp_path / "ledger.csv"
    CliRunner().invoke(app, ["ledger", str(folder), "--out", str(out)])
    assert len(pd.read_csv(out)) == 23
    assert list(pd.read_csv(out).columns) == schema.LEDGER_SCHEMA.names


def test_a_folder_without_a_ledger_is_an_error(tmp_path):
    with pytest.raises(UserError, match="holds no ledger"):
        CliRunner().invoke(app, ["ledger", str(tmp_path)], catch_exceptions=False)
    with pytest.raises(UserError, match="no such folder"):
        CliRunner().invoke(app, ["ledger", str(tmp_path / "missing")], catch_exceptions=False)
