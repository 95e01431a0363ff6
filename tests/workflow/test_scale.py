"""A million simulations: what is planned for them, and in how much memory."""

import os
import re
import subprocess
import sys

import pytest

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.tnf.campaign.batches import plan_batches

MILLION = REPOSITORY / "tests/config/million.yaml"
MAX_MEMORY_MB = 2000
FEWEST_SIMULATIONS_PER_BATCH = 250


def test_a_million_simulations_are_planned_in_batches_of_hundreds():
    tnf = load_study(MILLION).tnf
    batches = plan_batches(tnf)
    sizes = [len(batch.simulations) for batch in batches]
    assert sum(sizes) == 1_000_000
    assert len({batch.batch_id for batch in batches}) == len(batches)
    # The last batch of each radius holds what remains.
    small = [size for size in sizes if size < FEWEST_SIMULATIONS_PER_BATCH]
    assert len(small) <= len(tnf.tumor_radii_um)


def test_a_million_drawn_radii_are_planned_in_batches_of_hundreds():
    drawn = {"kind": "sobol_radius", "points": 1_000_000, "tumor_radius_um": [370, 400]}
    tnf = load_study(MILLION, {"tnf": {"designs": [{"kind": "sobol", "points": 8}, drawn]}}).tnf
    batches = [batch for batch in plan_batches(tnf) if batch.tumor_radius_um is None]
    sizes = [len(batch.simulations) for batch in batches]
    assert sum(sizes) == 1_000_000
    assert min(sizes[:-1]) >= FEWEST_SIMULATIONS_PER_BATCH
    assert len({batch.batch_id for batch in batches}) == len(batches)


@pytest.mark.slow
@pytest.mark.workflow
def test_a_million_simulations_are_dry_run_in_bounded_memory(tmp_path):
    command = [sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--configfile", MILLION, "--directory", tmp_path, "--dry-run", "tnf_dataset"]
    output = tmp_path / "output"
    with output.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = output.read_text(encoding="utf-8")
    assert process.returncode == 0, text[-2000:]
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE))
    tnf = load_study(MILLION).tnf
    assert int(jobs["simulate_batch"]) == len(plan_batches(tnf))
    assert usage.ru_maxrss / 1024 < MAX_MEMORY_MB
