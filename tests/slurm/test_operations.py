"""What people who run a cluster do to jobs: each batch finishes, and repeats nothing.

All jobs are cancelled, by Ctrl-C and by `scancel`; then one is preempted, and the node of another
is drained. The partition of each job is chosen by the file of partitions that docs/cluster.md tells
of.
"""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from support.ledger import finished_once, read_ledger

from slurm.cluster import PATIENCE_S, Campaign, Cluster, write_profile
from slurm.conftest import CONFIG
from theraflow.work.ledger import schema

BATCHES = 3
BATCH_MB = 5000  # Each batch has a node for itself.
URGENT = "urgent"


@dataclass(frozen=True)
class Operated:
    """A campaign that ended well, and the jobs that were interfered with."""

    campaign: Campaign
    ledger: pd.DataFrame
    interrupted: frozenset[str]
    cancelled: frozenset[str]
    preempted: str
    drained: str
    jobs: frozenset[str]
    left_by_interrupt: tuple[str, ...]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile for Slurm, with a file of partitions instead of a partition."""
    folder = tmp_path_factory.mktemp("profile")
    partitions = folder / "partitions.yaml"
    limits = {"max_mem_mb": 8000, "max_threads": 4}
    content = {
        "cpu": limits | {"max_runtime": 60},
        "short": limits | {"max_runtime": 2},
        "gpu": limits | {"max_runtime": 60, "max_gpu": 2},
    }
    partitions.write_text(yaml.safe_dump({"partitions": content}))

    def change(profile: dict[str, Any]) -> None:
        del profile["default-resources"]["slurm_partition"]
        profile["set-resources"]["simulate_batch"] = {"mem_mb": BATCH_MB}
        profile["slurm-partition-config"] = str(partitions)

    write_profile(folder, change)
    return folder


@pytest.fixture(scope="module")
def operated(cluster: Cluster, profile: Path, tmp_path_factory: pytest.TempPathFactory) -> Operated:
    directory = tmp_path_factory.mktemp("operated")
    campaign = Campaign(cluster, directory, CONFIG, "tnf_dataset", profile=profile)

    snakemake = campaign.start()
    interrupted = campaign.hold(snakemake, BATCHES)
    snakemake.send_signal(signal.SIGINT)
    assert snakemake.wait(PATIENCE_S) != 0
    left = tuple(cluster.queue())

    snakemake = campaign.start()
    cancelled = campaign.hold(snakemake, BATCHES, interrupted.values())
    cluster.slurm("scancel", *cancelled.values())
    jobs = campaign.hold(snakemake, BATCHES, {*interrupted.values(), *cancelled.values()})
    preempted, drained, undisturbed = jobs
    cluster.configure(
        "PreemptType=preempt/partition_prio",
        "PreemptMode=REQUEUE",
        f"PartitionName={URGENT} Nodes=ALL PriorityTier=10 PreemptMode=OFF State=UP",
    )
    node = cluster.node(jobs[preempted])
    cluster.slurm(
        *("sbatch", "--partition", URGENT, "--nodelist", node, "--mem", str(BATCH_MB)),
        *("--output", "/dev/null", "--wrap", "true"),
    )
    campaign.wait_for(snakemake, lambda: cluster.node(jobs[preempted]) != node)
    campaign.begin_again(snakemake, jobs[preempted])
    emptied = cluster.node(jobs[drained])
    cluster.slurm("scontrol", "update", f"nodename={emptied}", "state=drain", "reason=test")
    campaign.resume(drained)
    campaign.resume(undisturbed)
    assert snakemake.wait(PATIENCE_S) == 0, campaign.said()
    cluster.slurm("scontrol", "update", f"nodename={emptied}", "state=resume")
    return Operated(
        campaign,
        read_ledger(directory),
        frozenset(interrupted.values()),
        frozenset(cancelled.values()),
        jobs[preempted],
        jobs[drained],
        frozenset(jobs.values()),
        left,
    )


def test_control_c_cancels_all_jobs_and_leaves_no_lock(operated):
    assert operated.left_by_interrupt == ()
    states = {operated.campaign.cluster.state(job) for job in operated.interrupted}
    assert states == {"CANCELLED"}
    assert "lock" not in operated.campaign.said()


def test_jobs_that_are_all_cancelled_go_on_in_their_next_attempts(operated):
    states = {operated.campaign.cluster.state(job) for job in operated.cancelled}
    assert states == {"CANCELLED"}
    states = {operated.campaign.cluster.state(job) for job in operated.jobs}
    assert states == {"COMPLETED"}


def test_a_preempted_job_starts_again_and_goes_on(operated):
    told = operated.campaign.cluster.slurm("scontrol", "show", "job", operated.preempted)
    assert "Restarts=1" in told


def test_a_drained_node_finishes_its_job(operated):
    told = operated.campaign.cluster.slurm("scontrol", "show", "job", operated.drained)
    assert "Restarts=0" in told


def test_the_file_of_partitions_decides_where_jobs_run(operated):
    partitions = {
        operated.campaign.cluster.slurm(
            "squeue", "--noheader", "--states=all", f"--jobs={job}", "-o%P"
        ).strip()
        for job in operated.jobs
    }
    assert partitions == {"cpu"}


def test_no_finished_simulation_ran_twice(operated):
    assert finished_once(operated.ledger) == 18
    jobs = operated.ledger[schema.SLURM_JOB_ID]
    assert operated.jobs <= set(jobs)


def test_the_dataset_is_that_of_an_undisturbed_run(operated, undisturbed):
    dataset = Path("results/tnf/dataset.parquet")
    made = operated.campaign.directory / dataset
    assert made.read_bytes() == (undisturbed / dataset).read_bytes()
