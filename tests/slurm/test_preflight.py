"""What a cluster cannot serve is said in one line, before anything is submitted."""

import subprocess
import sys
from pathlib import Path

import pytest

from slurm.cluster import Campaign, write_profile
from theraflow.core.files import REPOSITORY

THERAFLOW = Path(sys.executable).with_name("theraflow")
TINY = REPOSITORY / "tests/config/tiny.yaml"


@pytest.fixture
def check(cluster, tmp_path):
    """The command that checks the profile, with some resources of the trainings changed."""

    def run(**resources: object) -> "subprocess.CompletedProcess[str]":
        write_profile(
            tmp_path, lambda profile: profile["set-resources"]["train_surrogate"].update(resources)
        )
        return cluster.run(THERAFLOW, "cluster", "check", tmp_path)

    return run


def test_the_profile_fits_the_cluster(check):
    run = check()
    assert run.returncode == 0, run.stderr
    assert "train_surrogate: --partition=gpu --gres=gpu:1: ok" in run.stdout


@pytest.mark.parametrize(
    "gpu", [{"gres": "gpu:fake:1"}, {"gres": None, "gpu": 2}, {"gres": None, "gpu_model": "fake"}]
)
def test_gpus_may_be_asked_for_in_each_way(check, gpu):
    run = check(**gpu)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        ({"slurm_partition": "gpus"}, "no such partition: gpus"),
        ({"slurm_partition": "cpu"}, "partition cpu has no gpu"),
        ({"gres": "gpu:a100:1"}, "partition gpu has no gpu:a100"),
        ({"runtime": 61}, "partition gpu ends jobs after 60 min, and 61 min are asked for"),
        ({"mem_mb": 9000}, "nodes of at most 8000 MB of memory, and 9000 are asked for"),
    ],
)
def test_what_is_missing_is_named(check, resources, problem):
    run = check(**resources)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert line.startswith("theraflow: error: rule train_surrogate: ")
    assert problem in line
    assert "profiles/slurm/config.yaml" in line


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--default-resources", "slurm_partition=gone"), "no such partition: gone"),
        (
            ("--slurm-array-jobs", "simulate_batch"),
            "slurm-array-jobs: simulate_batch: results would",
        ),
    ],
)
def test_a_campaign_ends_before_its_first_job(cluster, tmp_path, options, problem):
    run = Campaign(cluster, tmp_path, TINY).run(*options)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("theraflow: error: ")
    assert problem in run.stderr
    assert "submitted" not in run.stderr
    assert not (tmp_path / ".snakemake/locks").exists() or not any(
        (tmp_path / ".snakemake/locks").iterdir()
    )
