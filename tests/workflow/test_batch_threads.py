"""How many simulations a batch runs at a time."""

import re
from pathlib import Path

import pytest
from support.warm_snakemake import warm_snakemake
from support.workflow_runs import TINY

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow


def batch_threads(folder: Path, *arguments: str) -> set[int]:
    """Read the threads of batches from a dry run of the paper's study, with changes."""
    asked = ("tnf_dataset", "--directory", str(folder), "--dry-run", *arguments)
    code, output = warm_snakemake().run(asked, REPOSITORY)
    assert code == 0, output
    jobs = re.findall(r"^rule simulate_batch:\n((?:    .*\n)+)", output, re.MULTILINE)
    found = (re.search(r"^    threads: (\d+)$", job, re.MULTILINE) for job in jobs)
    return {int(threads[1]) if threads else 1 for threads in found}


def test_batches_that_take_long_have_all_cores_of_a_machine(tmp_path: Path) -> None:
    assert batch_threads(tmp_path, "--cores", "3") == {3}


def test_short_batches_run_side_by_side(tmp_path: Path) -> None:
    assert batch_threads(tmp_path, "--cores", "3", "--configfile", str(TINY)) == {1}


def test_batches_on_a_cluster_have_a_core_each(tmp_path: Path) -> None:
    assert batch_threads(tmp_path, "--cores", "3", "--jobs", "9") == {1}


def test_the_config_decides_where_it_says(tmp_path: Path) -> None:
    asked = ("--cores", "3", "--config", "tnf={batches: {threads: 2}}")
    assert batch_threads(tmp_path, *asked) == {2}
