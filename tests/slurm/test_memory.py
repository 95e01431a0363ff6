"""A batch that runs out of memory is tried again with more."""

import re

from slurm.cluster import Campaign
from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.tnf.campaign.batches import plan_batches

TINY = REPOSITORY / "tests/config/tiny.yaml"
# Too little for Python and the engine at first; the third attempt has enough in any case.
GROWING = ("--set-resources", "simulate_batch:mem_mb=attempt*130")


def test_a_job_out_of_memory_is_retried_with_more(cluster, tmp_path):
    batch = plan_batches(load_study(TINY).tnf)[0]
    file = f"results/tnf/batches/radius_{batch.tumor_radius_um}um/{batch.batch_id}.parquet"
    run = Campaign(cluster, tmp_path, TINY, file).run(*GROWING)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / file).exists()

    # Logs of failed jobs are shown between rulers, and name resources themselves.
    said = re.sub(r"^={80}\n.*?^={80}\n", "", run.stderr, flags=re.MULTILINE | re.DOTALL)
    asked = [int(mb) for mb in re.findall(r"resources: .*\bmem_mb=(\d+)", said)]
    assert asked in ([130, 260], [130, 260, 390])
    logs = sorted(tmp_path.glob("logs/slurm/**/*.log"), key=lambda log: int(log.stem))
    assert len(logs) == len(asked)
    for log in logs[:-1]:
        assert "memory limit" in log.read_text()
