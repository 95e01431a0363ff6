"""Both studies, in miniature, as the jobs of a cluster."""

import pytest

from slurm.cluster import PATIENCE_S, Campaign, Cluster
from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.tnf.campaign.batches import plan_batches
from theraflow.tnf.trajectories.reading import read_trajectories

STUDIES = REPOSITORY / "tests/config/slurm_studies.yaml"
TARGETS = (
    "results/tnf/dataset.parquet",
    "results/tnf/surrogates/radius_50um/model.onnx",
    "results/tnf/surrogates/general/ensemble/calibration.json",
    "results/tnf/evaluation/summary.csv",
    "results/tnf/treatment/treatments.csv",
    "results/crc/comparison/summary.csv",
    "results/crc/fronts/patient_1.parquet",
    "results/crc/figures/quality_and_drugs.svg",
)


@pytest.fixture(scope="module")
def campaign(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """A campaign that has made the tables of both studies, and a figure."""
    campaign = Campaign(cluster, tmp_path_factory.mktemp("studies"), STUDIES, *TARGETS)
    assert campaign.start().wait(2 * PATIENCE_S) == 0, campaign.said()
    return campaign


def test_both_studies_run_to_their_end(campaign):
    tnf = load_study(STUDIES).tnf
    dataset = read_trajectories(campaign.directory / "results/tnf/dataset.parquet")
    assert set(dataset["seed"]) == {
        item.seed for batch in plan_batches(tnf) for item in batch.simulations
    }
    for target in TARGETS:
        assert (campaign.directory / target).exists()


def test_every_job_ran_on_the_partition_meant_for_it(campaign):
    jobs = campaign.cluster.slurm(
        "squeue", "--noheader", "--states=all", "--name", campaign.run_id(), "-o", "%k|%P|%b|%T"
    )
    rows = [line.split("|") for line in jobs.splitlines()]
    assert len(rows) == campaign.said().count("Finished jobid")
    for comment, partition, gpus, state in rows:
        training = comment.startswith("rule_train_")
        assert (partition, gpus) == (("gpu", "gres:gpu:1") if training else ("cpu", "N/A"))
        assert state == "COMPLETED"
