"""The workflow as people run it, in miniature; what re-runs is in test_incremental.py."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.workflow_runs import TINY, Campaign, Job, planned_jobs

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.core.parquet import read_provenance
from theraflow.report.catalogue.tnf import (
    EVALUATION_FIGURES,
    GENERAL_FIGURES,
    TREATMENT_FIGURES,
    TUMOUR_FIGURES,
    UNCERTAINTY_FIGURES,
)
from theraflow.report.columns import RESULT_TABLES
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import plan_batches, plan_noise_floor_batches
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.trajectories.arrays import trajectories
from theraflow.tnf.trajectories.reading import read_all_simulations, read_trajectories
from theraflow.work import accounting as cost
from theraflow.work.accounting import campaign_cost
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path, stream_ledger
from theraflow.work.status import Status

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]

TRAINING_AND_BELOW = {
    "plot_tnf_figure",
    "train_surrogate",
    "train_general_surrogate",
    "train_ensemble_member",
    "calibrate_surrogate",
    "check_coverage",
    "export_surrogate",
    "evaluate_surrogate",
    "evaluate_at_replicates",
    "measure_timing",
    "summarise_evaluation",
}
EVERYTHING = TRAINING_AND_BELOW | {
    "simulate_batch",
    "gather_trajectories",
    "join_radii",
    "measure_noise_floor",
}


def snakemake(
    campaign: Campaign,
    *arguments: str | Path,
    target: str | Path = "tnf",
    changes: dict[str, Any] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the tiny study of the spheroid, with changes laid over it."""
    return campaign.snakemake(*arguments, target=target, changes={"tnf": changes or {}})


def tiny(**changes: Any):
    return load_study(REPOSITORY / TINY, {"tnf": changes}).tnf


def batch_names(tnf) -> set[str]:
    return {batch.batch_id for batch in [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]}


def planned_batches(jobs: list[Job]) -> set[str]:
    return {Path(job.outputs[0]).stem for job in jobs if job.rule == "simulate_batch"}


@pytest.fixture
def finished(finished_campaign) -> Path:
    """The directory in which both tiny studies have run to their end."""
    return finished_campaign.directory


@pytest.fixture
def copied(finished_campaign, tmp_path) -> Campaign:
    """A finished campaign that a test may change."""
    return finished_campaign.copied_to(tmp_path / "copy")


def test_the_study_runs_to_its_end(finished):
    tnf = tiny()
    dataset = read_trajectories(finished / "results/tnf/dataset.parquet")
    planned_seeds = [item.seed for batch in plan_batches(tnf) for item in batch.simulations]
    assert sorted(dataset[tables.SEED].unique()) == sorted(planned_seeds)
    assert (dataset.groupby(tables.SIMULATION_ID).size() == 25).all()
    assert (dataset.loc[dataset[tables.TIME_MIN] == 0, tables.ALIVE] > 0).all()

    for radius in tnf.tumor_radii_um:
        folder = finished / f"results/tnf/surrogates/radius_{radius}um"
        assert load_surrogate(folder).card.tumor_radius_um == radius
        onnx.checker.check_model(folder / "model.onnx")
        assert list(pd.read_parquet(folder / "history.parquet")[tables.EPOCH]) == [1, 2, 3, 4]
        assert len(pd.read_parquet(folder / "split.parquet")) == 8
        assert not (folder / "checkpoint.pt").exists()
    general = finished / "results/tnf/surrogates/general"
    assert load_surrogate(general).card.tumor_radii_um == tnf.tumor_radii_um
    onnx.checker.check_model(general / "model.onnx")
    assert len(pd.read_parquet(general / "split.parquet")) == 16
    summary = pd.read_csv(finished / "results/tnf/evaluation/summary.csv")
    assert list(summary[tables.TUMOR_RADIUS_UM]) == list(tnf.tumor_radii_um)
    assert summary.notna().all().all()
    figures = {file.name for file in (finished / "results/tnf/figures").iterdir()}
    assert figures == {
        f"{figure.id}.{suffix}"
        for figure in (
            *EVALUATION_FIGURES,
            *GENERAL_FIGURES,
            *UNCERTAINTY_FIGURES,
            *TREATMENT_FIGURES,
            *TUMOUR_FIGURES,
        )
        for suffix in tnf.figures.formats
    }
    assert not list(finished.glob("results/**/*.journal"))


@pytest.mark.slow
def test_drawn_radii_are_a_table_of_their_own_and_part_of_the_data_set(tmp_path):
    drawn = {"kind": "sobol_radius", "points": 5, "tumor_radius_um": [40, 90]}
    changes = {"designs": [{"kind": "sobol", "points": 8}, drawn]}
    campaign = Campaign(tmp_path)
    run = snakemake(campaign, target="tnf_dataset", changes=changes)
    assert run.returncode == 0, run.stderr
    folder = tmp_path / "results/tnf"
    of_drawn, of_50, joined = (
        read_trajectories(folder / f"{name}.parquet")
        for name in ("dataset/any_radius", "dataset/radius_50um", "dataset")
    )
    planned = [batch for batch in plan_batches(tiny(**changes)) if batch.tumor_radius_um is None]
    assert {file.stem for file in (folder / "batches/any_radius").glob("*[0-9a-f].parquet")} == {
        batch.batch_id for batch in planned
    }
    seeds = sorted(item.seed for batch in planned for item in batch.simulations)
    assert sorted(of_drawn[tables.SEED].unique()) == seeds
    assert of_drawn[tables.TUMOR_RADIUS_UM].between(40, 90).all()
    assert set(of_50[tables.TUMOR_RADIUS_UM]) == {50}
    assert len(joined) == 25 * (8 + 8 + 5)
    order = [*tables.POINT_COLUMNS, tables.REPLICATE, tables.TIME_MIN]
    pd.testing.assert_frame_equal(joined, joined.sort_values(order, ignore_index=True))
    trajectories_of_any_radius = trajectories(joined)
    assert len(np.unique(trajectories_of_any_radius.tumor_radii_um)) > 3
    assert not trajectories_of_any_radius.counts[:, 0, 1:].any()


def test_blocks_have_tables_of_their_own_from_which_surrogates_learn(tmp_path):
    blocks = [{"kind": "sobol", "points": 8}, {"kind": "sobol", "points": 4, "seed": 7}]
    drawn = {"kind": "sobol_radius", "points": 5, "tumor_radius_um": [40, 90]}
    changes = {"dataset_tables": "blocks", "designs": [blocks[0], drawn, blocks[1]]}
    campaign, surrogate = Campaign(tmp_path), Path("results/tnf/surrogates/radius_50um")
    run = snakemake(campaign, target=surrogate / "card.json", changes=changes)
    assert run.returncode == 0, run.stderr
    of_50 = sorted((tmp_path / "results/tnf/dataset/radius_50um").glob("block_[0-9].parquet"))
    assert [file.name for file in of_50] == ["block_0.parquet", "block_2.parquet"]
    data = load_surrogate(tmp_path / surrogate).card.data
    assert data.content_hash == read_all_simulations(of_50).content_hash
    assert len(pd.read_parquet(tmp_path / surrogate / "split.parquet")) == 12

    rest = snakemake(campaign, "--dry-run", target="tnf_dataset", changes=changes)
    gathered = {
        job.outputs[0].removeprefix("results/tnf/dataset/")
        for job in planned_jobs(rest.stdout)
        if job.rule == "gather_trajectories"
    }
    assert gathered == {
        "radius_100um/block_0.parquet",
        "radius_100um/block_2.parquet",
        "any_radius/block_1.parquet",
    }

    # The same simulations, stored in another way.
    joined = changes | {"dataset_tables": "joined"}
    again = snakemake(campaign, "--dry-run", target="tnf_dataset", changes=joined)
    simulated = [job for job in planned_jobs(again.stdout) if job.rule == "simulate_batch"]
    assert not [job for job in simulated if "radius_50um" in job.outputs[0]]


def test_every_table_of_the_study_has_the_schema_that_is_told_of_it(finished):
    patterns = {
        re.compile(re.sub(r"\\{\w+\\}", r"\\w+", re.escape(path))): schema
        for path, schema in RESULT_TABLES.items()
        if path.startswith("tnf/")
        and not path.startswith(("tnf/validation/", "tnf/active/"))
        # Only where the config asks for them.
        and "{block}" not in path
    }
    seen = set()
    for suffix in ("parquet", "csv"):
        for file in (finished / "results/tnf").rglob(f"*.{suffix}"):
            path = file.relative_to(finished / "results").as_posix()
            (pattern,) = [pattern for pattern in patterns if pattern.fullmatch(path)]
            seen.add(pattern)
            if suffix == "parquet":
                assert pq.read_schema(file).equals(patterns[pattern]), path
            else:
                assert list(pd.read_csv(file)) == patterns[pattern].names
    assert seen == set(patterns)


def test_every_job_leaves_a_log_and_a_benchmark(finished):
    for rule in EVERYTHING:
        logs = sorted((finished / "logs").glob(f"{rule}*/**/*.log"))
        logs += sorted((finished / "logs").glob(f"{rule}.log"))
        benchmarks = sorted((finished / f"results/benchmarks/{rule}").glob("**/*.tsv"))
        assert len(logs) == len(benchmarks) > 0
        assert not any("ERROR" in log.read_text() for log in logs)


def test_the_cost_is_told_by_rule_beside_the_estimate(finished):
    table = campaign_cost(finished, {"simulate_batch": 1.0, "train_surrogate": 2.0})
    table = table.set_index(cost.RULE)
    assert set(table.index) > EVERYTHING | {cost.TOTAL}
    jobs = table[cost.JOBS]
    assert jobs["simulate_batch"] == len(batch_names(tiny()))
    assert jobs[cost.TOTAL] == jobs.drop(cost.TOTAL).sum()
    # What the simulations took themselves is part of what their jobs held.
    ledger = pa.concat_tables(stream_ledger(finished / "results")).to_pandas()
    simulated = ledger.loc[ledger[schema.WORK] == schema.SIMULATION, schema.WALL_S].sum() / 3600
    assert 0 < simulated < table.loc["simulate_batch", cost.CORE_HOURS]
    assert (table[cost.LOST_CORE_HOURS] == 0).all()
    assert table.loc[cost.TOTAL, cost.ESTIMATED_CORE_HOURS] == 3


def test_retry_failed_runs_what_failed_and_nothing_else(copied):
    (batch, *_) = plan_batches(tiny())
    name = f"results/tnf/batches/radius_{batch.tumor_radius_um}um/{batch.batch_id}.parquet"
    content = (copied.directory / name).read_bytes()
    (copied.directory / name).unlink()
    ledger_path(copied.directory / name).unlink()
    too_short = {"batches": {"simulation_time_limit_s": 0.001, "max_failed_fraction": 1.0}}
    table = f"results/tnf/dataset/radius_{batch.tumor_radius_um}um.parquet"
    for target in (name, table):
        assert snakemake(copied, target=target, changes=too_short).returncode == 0
    assert pq.read_table(copied.directory / name).num_rows == 0

    def planned(target: str) -> list[str]:
        rules = [job.rule for job in copied.planned(target=target)]
        return [rule for rule in rules if rule != "retry_failed"]

    assert planned("retry_failed") == ["retry_simulations"]
    run = snakemake(copied, target="retry_failed")
    assert run.returncode == 0, run.stderr
    assert (copied.directory / name).read_bytes() == content
    rows = pq.read_table(ledger_path(copied.directory / name)).to_pandas()
    assert list(rows[schema.STATUS]) == [Status.TIMED_OUT, Status.OK] * len(batch.simulations)
    lost = campaign_cost(copied.directory).set_index(cost.RULE)[cost.LOST_CORE_HOURS]
    assert lost["simulate_batch"] > 0

    assert planned("retry_failed") == []
    assert planned(table) == ["gather_trajectories"]


def test_the_data_set_is_sorted_described_and_knows_its_origin(finished):
    file = finished / "results/tnf/dataset.parquet"
    frame = read_trajectories(file)
    order = [*tables.POINT_COLUMNS, tables.REPLICATE, tables.TIME_MIN]
    pd.testing.assert_frame_equal(frame, frame.sort_values(order, ignore_index=True))
    schema = pq.read_schema(file)
    assert schema.equals(tables.TRAJECTORY_SCHEMA)
    assert schema.field(tables.PULSE_PERIOD_MIN).metadata[b"unit"] == b"min"
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    origin = read_provenance(file)
    assert load_study(origin["config"]).tnf == tiny()
    assert {"git_commit", "versions"} < set(origin)
    assert origin["engine_fingerprint"] == engine_fingerprint(tiny().engine)
    (engine,) = frame[tables.ENGINE].unique()
    assert engine.split()[-1] == origin["engine_fingerprint"]


def test_the_ledger_has_a_row_for_every_simulation(finished):
    ledger = pq.read_table(finished / "results/tnf/dataset.ledger.parquet").to_pandas()
    dataset = read_trajectories(finished / "results/tnf/dataset.parquet")
    assert sorted(ledger[schema.KEY]) == sorted(dataset[tables.SIMULATION_ID].unique())
    assert (ledger[schema.STATUS] == Status.OK).all()
    assert (ledger[[schema.CPU_S, schema.WALL_S, schema.PEAK_MEMORY_MB]] > 0).all(axis=None)


def test_a_finished_campaign_has_nothing_to_do(finished_campaign):
    assert finished_campaign.planned() == []


def test_a_second_replicate_adds_batches_and_keeps_the_old(copied):
    jobs = copied.planned(changes={"tnf": {"replicates": 2}})
    assert planned_batches(jobs) == batch_names(tiny(replicates=2)) - batch_names(tiny())

    old = {
        file: file.stat().st_mtime_ns for file in copied.directory.glob("results/tnf/batches/*/*")
    }
    table = "results/tnf/dataset/radius_50um.parquet"
    before = read_trajectories(copied.directory / table)
    run = snakemake(copied, target=table, changes={"replicates": 2})
    assert run.returncode == 0, run.stderr
    after = read_trajectories(copied.directory / table)
    assert {file: file.stat().st_mtime_ns for file in old} == old
    assert len(after) == 2 * len(before)
    first = after[after[tables.REPLICATE] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, before)


def test_batches_cut_anew_take_finished_simulations_over(copied):
    table = "results/tnf/dataset/radius_50um.parquet"
    before = read_trajectories(copied.directory / table)
    changes = {"batches": {"target_cpu_minutes": 1}}
    run = snakemake(copied, target=table, changes=changes)
    assert run.returncode == 0, run.stderr
    (batch,) = [batch for batch in plan_batches(tiny(**changes)) if batch.tumor_radius_um == 50]
    log = (copied.directory / f"logs/simulate_batch/radius_50um/{batch.batch_id}.log").read_text()
    assert f"{len(batch.simulations)} are taken over from earlier runs" in log
    assert "simulated" not in log
    pd.testing.assert_frame_equal(read_trajectories(copied.directory / table), before)


def test_a_truncated_batch_is_one_line_that_names_file_and_remedy(copied):
    (batch, *_) = plan_batches(tiny())
    name = f"results/tnf/batches/radius_{batch.tumor_radius_um}um/{batch.batch_id}.parquet"
    table = f"results/tnf/dataset/radius_{batch.tumor_radius_um}um.parquet"
    content = (copied.directory / name).read_bytes()
    (copied.directory / name).write_bytes(content[: len(content) // 2])
    run = snakemake(copied, target=table)
    assert run.returncode != 0
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("theraflow: error: ")]
    assert f"{name}: damaged, or not Parquet" in line
    assert "delete it, and its batch is made again" in line
    assert "Traceback" not in run.stderr

    (copied.directory / name).unlink()
    assert snakemake(copied, target=table).returncode == 0
    assert (copied.directory / name).read_bytes() == content


def test_faults_of_the_config_are_told_at_once_and_without_traceback(tmp_path):
    changes = {"replicas": 2, "figures": {"dpi": -1}, "engine": {"model_file": "missing.yaml"}}
    run = snakemake(Campaign(tmp_path), "--dry-run", changes=changes)
    output = run.stdout + run.stderr
    assert run.returncode != 0
    assert "tnf.replicas" in output
    assert "replicates" in output
    assert "tnf.figures.dpi" in output
    assert "Traceback" not in output


def test_a_missing_resource_file_is_told_before_work_starts(tmp_path):
    changes = {"engine": {"model_file": "missing.yaml"}}
    run = snakemake(Campaign(tmp_path), "--dry-run", changes=changes)
    assert run.returncode != 0
    assert "missing.yaml" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_the_paper_s_study_is_planned_whole(tmp_path):
    command = [sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--directory", tmp_path, "--dry-run"]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    jobs = list(planned_jobs(run.stdout + run.stderr))
    paper = load_study(REPOSITORY / "config/config.yaml").tnf
    assert planned_batches(jobs) == batch_names(paper)
    assert [job.rule for job in jobs].count("train_surrogate") == 4
