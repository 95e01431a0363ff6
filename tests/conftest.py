"""What all tests share."""

import os
from pathlib import Path

import pytest
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
def finished_campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """Both tiny studies, run to their end from a checkout that tests may edit and restore."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    campaign = Campaign(tmp_path_factory.mktemp("campaign"), checkout)
    run = campaign.snakemake()
    assert run.returncode == 0, run.stderr
    return campaign
