"""How far a campaign is, told from its files and from what Slurm says."""

import json

import pytest
from support.arithmetic_engine import ArithmeticEngine, make_batch, run
from typer.testing import CliRunner

from theraflow.cli import app
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.work.job import Job
from theraflow.work.ledger.attempts import Attempts
from theraflow.work.ledger.journal import Journal
from theraflow.work.ledger.schema import SIMULATION
from theraflow.work.progress.pieces import PieceCounter, Pieces
from theraflow.work.progress.scheduler import count_jobs
from theraflow.work.progress.stages import (
    CORE_HOURS,
    DONE,
    FAILED,
    HOURS_LEFT,
    JOBS_RUNNING,
    JOBS_WAITING,
    RUNNING,
    CampaignProgress,
    Stage,
)

TINY = REPOSITORY / "tests" / "config" / "tiny.yaml"
SQUEUE = """\
RUNNING rule_simulate_batch_wildcards_radius_50um_0123
PENDING rule_simulate_batch_wildcards_radius_50um_4567
PENDING rule_simulate_batch_wildcards_radius_50um_89ab
RUNNING rule_tnf_dataset
RUNNING a job of another kind
"""


@pytest.fixture
def engine(tmp_path) -> ArithmeticEngine:
    return ArithmeticEngine(tmp_path / "notes.txt", raises=frozenset({11, 12}))


def counted(pieces: Pieces) -> tuple[int, int, int]:
    return pieces.done, pieces.running, pieces.failed


def test_finished_batches_are_counted_by_how_their_work_ended(engine, tmp_path) -> None:
    folder = tmp_path / "results"
    run(make_batch("a" * 16, range(10, 20)), engine, folder, max_failed_fraction=0.5)
    run(make_batch("b" * 16, range(20, 24)), engine, folder)
    pieces = PieceCounter().count(folder)
    assert counted(pieces) == (12, 0, 2)
    assert pieces.core_hours >= pieces.done_core_hours > 0


def test_a_second_attempt_that_succeeds_leaves_no_failure(engine, tmp_path) -> None:
    folder, batch = tmp_path / "results", make_batch("a" * 16, range(10, 20))
    counter = PieceCounter()
    run(batch, engine, folder, max_failed_fraction=0.5)
    assert counted(counter.count(folder)) == (8, 0, 2)
    (folder / f"{batch.batch_id}.parquet").unlink()
    run(batch, ArithmeticEngine(engine.notes), folder)
    assert counted(counter.count(folder)) == (10, 0, 0)


def test_work_that_has_begun_is_running(tmp_path) -> None:
    with Journal(tmp_path / "a.journal") as journal:
        attempts = Attempts(journal, Job.here(), SIMULATION, "a" * 16)
        attempts.begin("key", 1)
        assert counted(PieceCounter().count(tmp_path)) == (0, 1, 0)


def test_a_file_that_is_damaged_or_vanishes_disturbs_nothing(engine, tmp_path) -> None:
    folder = tmp_path / "results"
    file = run(make_batch("b" * 16, range(20, 24)), engine, folder)
    (folder / f"{'c' * 16}.ledger.parquet").write_bytes(b"cut")
    counter = PieceCounter()
    assert counted(counter.count(folder)) == (4, 0, 0)
    file.with_suffix(".ledger.parquet").unlink()
    assert counted(counter.count(folder)) == (0, 0, 0)


def test_jobs_are_counted_by_rule_and_state() -> None:
    assert count_jobs(SQUEUE) == {
        ("simulate_batch", "RUNNING"): 1,
        ("simulate_batch", "PENDING"): 2,
        ("tnf_dataset", "RUNNING"): 1,
    }


def test_stages_add_up_ledgers_benchmarks_and_jobs(engine, tmp_path) -> None:
    run(make_batch("b" * 16, range(20, 24)), engine, tmp_path / "results/tnf/batches")
    benchmark = tmp_path / "results/benchmarks/train_surrogate/radius_50um.tsv"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text("s\tcpu_time\tthreads\n1800\t1700\t1\n")
    stages = [
        Stage("simulations", "simulate_batch", 10, "results/tnf/batches"),
        Stage("trainings", "train_surrogate", 3),
        Stage("nothing", "search_therapy", 0),
    ]
    jobs = {("train_surrogate", "RUNNING"): 2, ("simulate_batch", "PENDING"): 7}
    simulations, trainings = CampaignProgress(tmp_path, stages).now(jobs).to_dict("records")
    assert (simulations[DONE], simulations[JOBS_WAITING]) == (4, 7)
    assert simulations[HOURS_LEFT] != simulations[HOURS_LEFT]
    assert (trainings[DONE], trainings[RUNNING], trainings[FAILED]) == (1, 2, 0)
    assert (trainings[CORE_HOURS], trainings[JOBS_RUNNING]) == (0.5, 2)
    # Two trainings of half an hour each are left, and two run at once.
    assert trainings[HOURS_LEFT] == pytest.approx(0.5)


def test_the_command_prints_every_stage_and_changes_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "results").mkdir()
    before = sorted(tmp_path.rglob("*"))
    answer = CliRunner().invoke(
        app, ["watch", str(tmp_path), "--config", str(TINY), "--once", "--format", "json"]
    )
    assert answer.exit_code == 0, answer.output
    stages = json.loads(answer.output)
    assert {"simulations", "searches for therapies"} <= {stage["stage"] for stage in stages}
    assert not any(stage[DONE] for stage in stages)
    assert all(JOBS_RUNNING not in stage for stage in stages)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_results_is_refused(tmp_path) -> None:
    answer = CliRunner().invoke(app, ["watch", str(tmp_path), "--once"])
    assert isinstance(answer.exception, UserError)
    assert "has started" in str(answer.exception)
