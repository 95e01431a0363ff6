"""Failed simulations are tried again, as jobs, when someone asks for it."""

import pyarrow.parquet as pq
import yaml

from slurm.cluster import Campaign
from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.tnf.campaign.batches import plan_batches
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path
from theraflow.work.status import Status

TINY = REPOSITORY / "tests/config/tiny.yaml"


def test_retry_failed_runs_what_failed_as_jobs(cluster, tmp_path):
    (batch, *_) = plan_batches(load_study(TINY).tnf)
    name = f"results/tnf/batches/{batch.tumours}/{batch.batch_id}.parquet"
    overlay = yaml.safe_load(TINY.read_text())
    overlay["tnf"]["batches"] |= {"simulation_time_limit_s": 0.001, "max_failed_fraction": 1.0}
    too_short = tmp_path / "too_short.yaml"
    too_short.write_text(yaml.safe_dump(overlay))
    failed = Campaign(cluster, tmp_path, too_short, name).run()
    assert failed.returncode == 0, failed.stderr
    assert pq.read_table(tmp_path / name).num_rows == 0
    retried = Campaign(cluster, tmp_path, TINY, "retry_failed").run()
    assert retried.returncode == 0, retried.stderr
    rows = pq.read_table(ledger_path(tmp_path / name)).to_pandas()
    assert list(rows[schema.STATUS]) == [Status.TIMED_OUT, Status.OK] * len(batch.simulations)
    assert rows[schema.SLURM_JOB_ID].nunique() == 2
