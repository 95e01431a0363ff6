"""Snakemake itself is ended in mid-campaign, and started again as docs/cluster.md says."""

import signal
from pathlib import Path

from support.ledger import finished_once, read_ledger

from slurm.cluster import PATIENCE_S, Campaign
from slurm.conftest import CONFIG
from theraflow.config.load import load_study
from theraflow.tnf.campaign.batches import plan_batches

ONE_JOB_AT_A_TIME = ("--jobs", "1")
DATASET = Path("results/tnf/dataset.parquet")


def test_a_campaign_survives_the_end_of_its_main_process(cluster, tmp_path, undisturbed):
    campaign = Campaign(cluster, tmp_path, CONFIG, "tnf_dataset")
    batches = [batch.batch_id for batch in plan_batches(load_study(CONFIG).tnf)]

    def begun(at_least: int) -> list[str]:
        return [batch for batch in batches if campaign.simulated(batch) >= at_least]

    def done() -> int:
        return len(list(tmp_path.glob("results/tnf/batches/*/????????????????.parquet")))

    # SIGTERM: the batch under way is finished, none is begun.
    snakemake = campaign.start(*ONE_JOB_AT_A_TIME)
    campaign.wait_for(snakemake, lambda: begun(1))
    snakemake.send_signal(signal.SIGTERM)
    assert snakemake.wait(PATIENCE_S) != 0
    assert done() == len(begun(1)) == 1
    assert cluster.queue() == []

    # SIGKILL: the job goes on, and the lock is left.
    snakemake = campaign.start(*ONE_JOB_AT_A_TIME)
    (finished,) = begun(1)
    campaign.wait_for(snakemake, lambda: len(begun(2)) == 2)
    snakemake.kill()
    snakemake.wait()
    # Else it might end, on a busy machine, before the next run has been refused.
    (under_way,) = set(begun(2)) - {finished}
    campaign.pause(under_way)
    assert [cluster.state(job) for job in cluster.queue()] == ["RUNNING"]
    refused = campaign.run()
    assert refused.returncode != 0
    assert "lock" in refused.stderr

    campaign.resume(under_way)
    cluster.cancel_all()
    assert done() == 1
    assert campaign.run("--unlock").returncode == 0
    again = campaign.run()
    assert again.returncode == 0, again.stderr
    assert finished_once(read_ledger(tmp_path)) == 18
    assert (tmp_path / DATASET).read_bytes() == (undisturbed / DATASET).read_bytes()
