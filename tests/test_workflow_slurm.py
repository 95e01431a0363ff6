"""The tiny study on a real, throw-away Slurm, with the profile as people use it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from theraflow.campaign.files import REPOSITORY
from theraflow.config.load import load_study
from theraflow.tnf.batches import plan_batches
from theraflow.tnf.dataset import read_trajectories

LOCAL_SLURM = REPOSITORY.parent / "shared" / "slurm" / "local-slurm"
TINY = REPOSITORY / "tests" / "config" / "tiny.yaml"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.workflow,
    pytest.mark.skipif(not LOCAL_SLURM.exists(), reason=f"{LOCAL_SLURM} is missing"),
    pytest.mark.skipif(shutil.which("slurmctld") is None, reason="Slurm is not installed"),
]


@pytest.fixture
def slurm(tmp_path_factory) -> Iterator[list[str | Path]]:
    """A running cluster; yields the command that starts another command within it."""
    environment = {
        "LOCAL_SLURM_DIR": str(tmp_path_factory.mktemp("slurm")),
        "LOCAL_SLURM_ACCOUNTING": "none",
    }
    settings = [f"{key}={value}" for key, value in environment.items()]
    command: list[str | Path] = ["env", *settings, LOCAL_SLURM]
    subprocess.run([*command, "start"], check=True)
    yield [*command, "run"]
    subprocess.run([*command, "stop", "--purge"], check=True)


def test_the_tiny_study_runs_as_slurm_jobs(slurm, tmp_path):
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"),
        *("--directory", tmp_path, "--configfile", TINY, "--workflow-profile", "slurm"),
        # A cluster in one machine answers sooner than the profile expects.
        *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
        # Kept, so that the test can count the jobs.
        "--slurm-keep-successful-logs",
        "tnf",
    ]
    run = subprocess.run(
        [*slurm, *command], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr

    tnf = load_study(TINY).tnf
    dataset = read_trajectories(tmp_path / "results/tnf/dataset.parquet")
    seeds = {item.seed for batch in plan_batches(tnf) for item in batch.simulations}
    assert set(dataset["seed"]) == seeds
    assert (tmp_path / "results/tnf/evaluation/summary.csv").exists()
    jobs = run.stderr.count("has been submitted with SLURM jobid")
    logs = list((tmp_path / "logs/slurm").glob("rule_*/**/*.log"))
    assert jobs == len(logs) > 20
    assert "gpu=1" in run.stderr
