"""One cluster for all tests of this folder, and a run that nothing disturbed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from slurm.cluster import SNAKEMAKE, Cluster, missing
from theraflow.core.files import REPOSITORY

CONFIG = REPOSITORY / "tests/config/slurm.yaml"
MARKS = (
    pytest.mark.slurm,
    pytest.mark.slow,
    pytest.mark.workflow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"), cpu_nodes=3)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the dataset was made on this machine, without Slurm."""
    directory = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(
        [
            SNAKEMAKE,
            "--configfile",
            CONFIG,
            "--directory",
            directory,
            "--cores",
            "2",
            "tnf_dataset",
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        cwd=REPOSITORY,
        check=True,
    )
    return directory
