"""The profile for clusters with a submit command, and the page that tells of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.workflow_runs import TINY

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

PROFILE = REPOSITORY / "profiles/cluster-generic"
# Notes how it is called, and runs the script of the job in the background, as a cluster would.
QSUB = """\
#!/bin/sh
echo "$@" >> calls.txt
for script in "$@"; do :; done
sh "$script" > job.log 2>&1 &
echo 42
"""


def run_on_cluster(folder: Path, target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "bin").mkdir()
    (folder / "bin/qsub").write_text(QSUB)
    (folder / "bin/qsub").chmod(0o755)
    return subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", target, "--directory", folder),
            *("--snakefile", REPOSITORY / "Snakefile", "--workflow-profile", PROFILE),
            *("--configfile", REPOSITORY / TINY, "--latency-wait", "5"),
            *("--seconds-between-status-checks", "1", *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
    )


def test_a_job_is_submitted_with_what_its_rule_needs_and_runs(tmp_path: Path) -> None:
    run = run_on_cluster(tmp_path, "results/crc/model/crc_qsp.xml")
    assert run.returncode == 0, run.stderr
    (call,) = (tmp_path / "calls.txt").read_text().splitlines()
    assert re.search(r"-N build_model -l select=1:ncpus=1:mem=\d+mb -l walltime=\d+:00 ", call)
    assert (tmp_path / "results/crc/model/crc_qsp.xml").exists()


def test_a_dry_run_plans_a_study_for_the_cluster(tmp_path: Path) -> None:
    run = run_on_cluster(tmp_path, "tnf_dataset", "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "simulate_batch" in run.stdout
    assert not (tmp_path / "calls.txt").exists()


def test_the_page_shows_the_command_of_the_profile() -> None:
    page = (REPOSITORY / "docs/other-schedulers.md").read_text(encoding="utf-8")
    first, *others = (
        yaml.safe_load(block)
        for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    )
    profile = yaml.safe_load((PROFILE / "config.yaml").read_text(encoding="utf-8"))
    assert first.items() <= profile.items()
    assert all(isinstance(block, dict) for block in others)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("job_state = Q", "running"),
        ("job_state = R", "running"),
        ("job_state = F\n    Exit_status = 0", "success"),
        ("Exit_status = 0\n    job_state = F", "success"),
        ("job_state = F\n    Exit_status = 271", "failed"),
        (None, "running"),
    ],
)
def test_the_script_of_the_page_tells_how_jobs_of_pbs_end(
    tmp_path: Path, answer: str | None, status: str
) -> None:
    """Run it with a stand-in for ``qstat``, which fails where there is no answer."""
    page = (REPOSITORY / "docs/other-schedulers.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "answer").write_text(f"Job Id: 42\n    {answer}\n")
    told = "exit 1" if answer is None else f"cat {tmp_path / 'answer'}"
    (tmp_path / "qstat").write_text(f"#!/bin/sh\n{told}\n")
    (tmp_path / "qstat").chmod(0o755)
    run = subprocess.run(
        ["sh", "-c", script, "job-status.sh", "42"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert run.stdout == f"{status}\n"
