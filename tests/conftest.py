"""What all tests share."""

import os
from pathlib import Path

import pytest
from support.workflow_runs import Campaign, copy_checkout

from theraflow.tnf.model.spheroid import SpheroidModel, load_model

# Two pytest workers share two cores: more threads each would only fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def published_dataset() -> Path:
    """The published PhysiBoSS data set; its licence does not allow to ship it."""
    path = SHARED / "reference/tnf/published_dataset.parquet"
    if not path.is_file():
        pytest.skip(f"reference data not at hand: {path}")
    return path


@pytest.fixture(scope="session")
def physiboss_replicates() -> Path:
    """Replicates of the original program."""
    path = SHARED / "reference/tnf/physiboss_replicates.parquet"
    if not path.is_file():
        pytest.skip(f"reference data not at hand: {path}")
    return path


@pytest.fixture(scope="session")
def example_output() -> Path:
    """An output folder of the original program, with its settings and its counts."""
    path = SHARED / "reference/tnf/example_output"
    if not path.is_dir():
        pytest.skip(f"reference data not at hand: {path}")
    return path


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
