"""Batches whose jobs hang, are cancelled, or lose their node: each finishes, and repeats nothing.

The processes of a batch are stopped once it has finished some simulations, so that what happens to
its job finds it half done on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from support.ledger import finished_once, read_ledger

from slurm.cluster import PATIENCE_S, Campaign, Cluster
from slurm.conftest import CONFIG
from theraflow.config.load import load_study
from theraflow.tnf.campaign.batches import plan_batches
from theraflow.work.ledger import schema

# Each batch has a node for itself.
ONE_JOB_PER_NODE = ("--set-resources", "simulate_batch:mem_mb=5000")


@dataclass(frozen=True)
class Disturbed:
    """A campaign that ended well, and the jobs that did not: batch and id of each."""

    campaign: Campaign
    ledger: pd.DataFrame
    overdue: tuple[str, str]
    cancelled: tuple[str, str]
    stranded: tuple[str, str]

    def jobs(self, batch: str) -> list[str]:
        """List the jobs that finished simulations of a batch."""
        rows = self.ledger[self.ledger[schema.BATCH] == batch]
        return list(rows.loc[rows[schema.STATUS] == "ok", schema.SLURM_JOB_ID].unique())


@pytest.fixture(scope="module")
def disturbed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    campaign = Campaign(cluster, tmp_path_factory.mktemp("disturbed"), CONFIG, "tnf_dataset")
    snakemake = campaign.start(*ONE_JOB_PER_NODE)
    jobs: dict[str, str] = {}

    def pause_batches() -> bool:
        for batch in plan_batches(load_study(CONFIG).tnf):
            name = batch.batch_id
            if name not in jobs and campaign.simulated(name) >= 2:
                jobs[name] = campaign.pause(name)
        return len(jobs) == 3

    campaign.wait_for(snakemake, pause_batches)
    overdue, cancelled, stranded = jobs.items()
    cluster.slurm("scontrol", "update", f"jobid={overdue[1]}", "timelimit=1")
    cluster.slurm("scancel", cancelled[1])
    node = cluster.node(stranded[1])
    cluster.slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    campaign.wait_for(snakemake, lambda: cluster.node(stranded[1]) != node)
    # Slurm waits two minutes before it starts the job again: by then the node has let go of it.
    assert snakemake.wait(PATIENCE_S) == 0, campaign.said()
    # The node may have come back by itself.
    cluster.run("scontrol", "update", f"nodename={node}", "state=resume")
    return Disturbed(campaign, read_ledger(campaign.directory), overdue, cancelled, stranded)


def test_a_job_over_its_time_limit_goes_on_in_the_next_attempt(disturbed):
    batch, job = disturbed.overdue
    assert disturbed.campaign.cluster.state(job) == "TIMEOUT"
    first, second = disturbed.jobs(batch)
    assert first == job != second


def test_a_cancelled_job_goes_on_in_the_next_attempt(disturbed):
    batch, job = disturbed.cancelled
    assert disturbed.campaign.cluster.state(job) == "CANCELLED"
    first, second = disturbed.jobs(batch)
    assert first == job != second


def test_a_job_whose_node_went_down_goes_on_elsewhere(disturbed):
    batch, job = disturbed.stranded
    told = disturbed.campaign.cluster.slurm("scontrol", "show", "job", job)
    assert "Restarts=1" in told
    assert disturbed.jobs(batch) == [job]


def test_no_finished_simulation_ran_twice(disturbed):
    assert finished_once(disturbed.ledger) == 18
    assert (disturbed.ledger[schema.STATUS] == "ok").sum() < len(disturbed.ledger)


def test_the_dataset_is_that_of_an_undisturbed_run(disturbed, undisturbed):
    dataset = Path("results/tnf/dataset.parquet")
    made = disturbed.campaign.directory / dataset
    assert made.read_bytes() == (undisturbed / dataset).read_bytes()
