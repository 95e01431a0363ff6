"""A study that points at PhysiBoSS: the same data set, and a smoke run before the first batch."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from support.physiboss_project import Project, expected_counts, make_project

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.core.parquet import read_provenance
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import plan_batches
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.trajectories.reading import read_trajectories

pytestmark = pytest.mark.workflow


def study(project: Project, **engine: Any) -> dict[str, Any]:
    return {
        "tumor_radii_um": [50],
        "designs": [{"kind": "sobol", "points": 8}],
        "surrogates": {"split": {"validation_fraction": 0.25, "test_fraction": 0.25}},
        "batches": {"target_cpu_minutes": 1, "threads": 2},
        "engine": project.section(**engine),
        "validation": {"second_engine": "embedded", "points": 1, "replicates": 3},
    }


def snakemake(
    directory: Path, tnf: dict[str, Any], *arguments: str
) -> subprocess.CompletedProcess[str]:
    directory.mkdir(exist_ok=True)
    overlay = directory / "study.yaml"
    overlay.write_text(yaml.safe_dump({"tnf": tnf}), encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"),
            *("--configfile", REPOSITORY / "config/config.yaml", overlay),
            *("--directory", directory, "--cores", "2", *arguments),
            *("tnf_dataset", "validate_engines"),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_data_set_of_physiboss(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    tnf = study(project)
    run = snakemake(tmp_path / "run", tnf)
    assert run.returncode == 0, run.stderr
    dataset = tmp_path / "run/results/tnf/dataset.parquet"
    rows = read_trajectories(dataset)
    simulations = [
        item for batch in plan_batches(load_study({"tnf": tnf}).tnf) for item in batch.simulations
    ]
    assert len(simulations) == rows[tables.SEED].nunique() == 8
    for simulation in simulations:
        counts = rows.loc[rows[tables.SEED] == simulation.seed, list(tables.CELL_TYPES)]
        np.testing.assert_array_equal(counts, expected_counts(simulation))
    fingerprint = engine_fingerprint(project.config())
    assert set(rows[tables.ENGINE]) == {f"physiboss 2D {fingerprint}"}
    identity = read_provenance(dataset)["engine_identity"]
    assert identity["dimension"] == 2
    assert len(identity["executable_sha256"]) == 64
    assert not list((tmp_path / "scratch").iterdir())

    verdict = (tmp_path / "run/results/tnf/validation/verdict.md").read_text(encoding="utf-8")
    assert verdict.startswith(f"physiboss 2D {fingerprint} differs from embedded fast ")
    for suffix in ("svg", "png"):
        assert (tmp_path / f"run/results/tnf/figures/engine_comparison.{suffix}").is_file()

    # The report of the smoke run is no reason to simulate again.
    (report, *_) = (tmp_path / "run/results/tnf/engine_checks").iterdir()
    report.unlink()
    again = snakemake(tmp_path / "run", tnf, "--dry-run")
    assert again.returncode == 0, again.stderr
    assert "simulate_batch" not in again.stdout + again.stderr

    in_3d = snakemake(tmp_path / "run", study(project, dimension=3), "--dry-run")
    assert "check_engine" in in_3d.stdout + in_3d.stderr
    assert "simulate_batch" in in_3d.stdout + in_3d.stderr


def test_program_that_cannot_run_fails_before_the_first_batch(tmp_path: Path) -> None:
    run = snakemake(tmp_path / "run", study(make_project(tmp_path, "illegal instruction")))
    assert run.returncode != 0
    assert "died of SIGILL (it was built for another processor" in run.stderr
    assert not list(tmp_path.glob("run/logs/simulate_batch/*/*"))


def described_jobs(output: str) -> list[tuple[str, str]]:
    """Read the rule and the details of each job of a dry run."""
    return re.findall(r"^rule (\w+):\n((?:    .*\n)+)", output, re.MULTILINE)


def test_a_job_asks_for_the_threads_of_all_its_simulations(tmp_path: Path) -> None:
    planned = snakemake(
        tmp_path / "run", study(make_project(tmp_path), threads=4), "--dry-run", "--cores", "16"
    )
    threads = {
        (rule, int(asked[1])) if (asked := re.search(r"\bthreads: (\d+)", details)) else (rule, 1)
        for rule, details in described_jobs(planned.stdout + planned.stderr)
    }
    # Two simulations at a time; the second of the compared engines is the embedded one.
    assert {("check_engine", 4), ("simulate_batch", 8)} <= threads
    assert {("simulate_validation_batch", 8), ("simulate_validation_batch", 2)} <= threads
    assert ("gather_trajectories", 1) in threads


def runtimes_min(output: str) -> dict[str, set[int]]:
    """Read the minutes that jobs of a dry run ask for, by rule."""
    found: dict[str, set[int]] = {}
    for rule, details in described_jobs(output):
        runtime = re.search(r"\bruntime=(\d+)", details)
        if runtime:
            found.setdefault(rule, set()).add(int(runtime[1]))
    return found


def test_jobs_may_run_as_long_as_their_simulations(tmp_path: Path) -> None:
    # In 3D, a simulation of this radius takes 30 min and may take an hour; ten are timed.
    tnf = study(make_project(tmp_path), dimension=3, time_limit_min=60) | {"tumor_radii_um": [100]}
    run = snakemake(tmp_path / "run", tnf, "--dry-run", "tnf_evaluation")
    assert run.returncode == 0, run.stderr
    asked = runtimes_min(run.stdout + run.stderr)
    assert asked["simulate_batch"] == {10 + 3 * 30}
    assert asked["measure_timing"] == {20 + 10 + 3 * 10 * 30}
    # Of the two engines that are compared, the embedded one takes seconds.
    assert min(asked["simulate_validation_batch"]) < 20
    assert max(asked["simulate_validation_batch"]) == 10 + 3 * 30
    hours = study(make_project(tmp_path / "hours"), dimension=3, time_limit_min=300)
    run = snakemake(tmp_path / "run", hours, "--dry-run")
    assert runtimes_min(run.stdout + run.stderr)["simulate_batch"] == {10 + 26 + 300}
