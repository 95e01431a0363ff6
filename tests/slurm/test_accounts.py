"""A site that demands an account: which one is wrong is said before anything is submitted."""

import shutil
from collections.abc import Iterator

import pytest

from slurm.cluster import Campaign, Cluster, write_profile
from theraflow.core.files import REPOSITORY

TINY = REPOSITORY / "tests/config/tiny.yaml"

pytestmark = pytest.mark.skipif(
    shutil.which("slurmdbd") is None or shutil.which("mariadbd") is None,
    reason="accounting is not installed: apt-get install slurmdbd mariadb-server",
)


@pytest.fixture(scope="module")
def accounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that takes only jobs of an account."""
    started = Cluster(tmp_path_factory.mktemp("accounted"), cpu_nodes=1, accounting="slurmdbd")
    started.start()
    started.configure("AccountingStorageEnforce=associations")
    yield started
    started.stop()


@pytest.fixture
def campaign(accounted, tmp_path):
    """Make a campaign of one batch whose profile names an account."""

    def make(account: str) -> Campaign:
        write_profile(
            tmp_path,
            lambda profile: profile["default-resources"].update(slurm_account=account),
        )
        directory = tmp_path / "campaign"
        directory.mkdir()
        return Campaign(accounted, directory, TINY, "build_model", profile=tmp_path)

    return make


def test_an_account_of_others_is_refused_before_the_first_job(campaign):
    run = campaign("others").run()
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("theraflow: error: rule build_model: ")
    assert "no such account of yours: others; " in run.stderr
    assert "(accounts: root, test)" in run.stderr
    assert "submitted" not in run.stderr


def test_jobs_are_charged_to_the_account_of_the_profile(accounted, campaign):
    run = campaign("test").run()
    assert run.returncode == 0, run.stderr
    jobs = accounted.slurm("squeue", "--noheader", "--states=all", "-o%a|%T").split()
    assert set(jobs) == {"test|COMPLETED"}
