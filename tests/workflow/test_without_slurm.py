"""The profile for Slurm on a machine that has none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.workflow_runs import TINY

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

SLURM_COMMANDS = {"sbatch", "squeue", "sinfo", "scontrol", "scancel", "sacct", "srun"}


def test_a_campaign_says_that_nothing_can_be_submitted(tmp_path: Path) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    for folder in (Path("/usr/bin"), Path("/bin")):
        for command in folder.iterdir():
            if command.name not in SLURM_COMMANDS and not (commands / command.name).exists():
                (commands / command.name).symlink_to(command)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{commands}"}
    run = subprocess.run(
        ["snakemake", "--profile", "slurm", "--configfile", TINY, "--directory", tmp_path],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("theraflow: error: sbatch: no such command")
