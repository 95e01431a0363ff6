"""What all tests share."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from support.workflow_runs import Campaign, copy_checkout

from theraflow.tnf.model.spheroid import SpheroidModel, load_model

# Two pytest workers share two cores: more threads each would only fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "tests/data"
PUBLISHED_DATASET = REPOSITORY.parent / "shared/reference/tnf/published_dataset.parquet"


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def published_dataset() -> Path:
    """The published PhysiBoSS data set: it states no licence, and is not in the repository."""
    if not PUBLISHED_DATASET.is_file():
        pytest.skip(
            f"the published data set may not be passed on, and is not at {PUBLISHED_DATASET}"
        )
    return PUBLISHED_DATASET


@pytest.fixture(scope="session")
def physiboss_replicates() -> Path:
    """Replicates of the original program."""
    return DATA / "tnf/physiboss_replicates.parquet"


@pytest.fixture(scope="session")
def physiboss_long_replicates() -> Path:
    """Replicates of the original program over 77 hours."""
    return DATA / "tnf/physiboss_long_replicates.parquet"


@pytest.fixture(scope="session")
def example_output() -> Path:
    """An output folder of the original program, with its settings and its counts."""
    return DATA / "tnf/example_output"


@pytest.fixture(scope="session")
def model() -> SpheroidModel:
    """The shipped TNF spheroid model."""
    resources = REPOSITORY / "resources/tnf_spheroid"
    return load_model(
        resources / "model.yaml", resources / "network.bnd", resources / "network.cfg"
    )


@pytest.fixture(scope="session")
def finished_campaign(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Campaign:
    """Both tiny studies, run to their end from a checkout that tests may edit and restore.

    The first worker of pytest that asks makes them; another one works on a copy of its own.
    """
    base = tmp_path_factory.getbasetemp()
    made = (base if worker_id == "master" else base.parent) / "finished"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            making = made.with_suffix(".making")
            _settled(Campaign(_folder(making / "campaign"), copy_checkout(making / "checkout")))
            making.rename(made)
    own = tmp_path_factory.mktemp("own") / "finished"
    shutil.copytree(made, own, symlinks=True)
    # Tables of the model are named by the checkout: a job of two seconds follows them.
    return _settled(Campaign(own / "campaign", own / "checkout"))


def _settled(campaign: Campaign) -> Campaign:
    run = campaign.snakemake()
    assert run.returncode == 0, run.stderr
    return campaign


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path
