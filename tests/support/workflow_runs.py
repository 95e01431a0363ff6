"""Running Snakemake as users do, and reading what a dry run plans."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.warm_snakemake import warm_snakemake
from theraflow.core.files import REPOSITORY

TINY = Path("tests/config/tiny.yaml")
TARGETS = {"all", "tnf", "crc"}


@dataclass(frozen=True)
class Job:
    """A job that a dry run plans: its rule and its output files, relative to the campaign."""

    rule: str
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Campaign:
    """A folder in which Snakemake runs, and the checkout whose workflow it runs."""

    directory: Path
    checkout: Path = REPOSITORY

    def arguments(
        self, *arguments: str | Path, target: str | Path, changes: dict[str, Any] | None
    ) -> list[str | Path]:
        """Ask for a target of the tiny config, with ``changes`` laid over it."""
        overlay = self.directory / "overlay.yaml"
        overlay.write_text(yaml.safe_dump(changes or {}, sort_keys=False))
        return [
            *(target, "--directory", self.directory),
            *("--configfile", self.checkout / TINY, overlay, "--cores", "2", *arguments),
        ]

    def snakemake(
        self,
        *arguments: str | Path,
        target: str | Path = "all",
        changes: dict[str, Any] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake as people do, on the tiny config with ``changes`` laid over it."""
        asked = self.arguments(*arguments, target=target, changes=changes)
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *asked],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=self.checkout,
            env=os.environ
            | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(self.checkout / "workflow")},
        )

    def planned(
        self,
        *arguments: str | Path,
        target: str | Path = "all",
        changes: dict[str, Any] | None = None,
    ) -> list[Job]:
        """List the jobs of a dry run, without those of the targets."""
        asked = self.arguments("--dry-run", *arguments, target=target, changes=changes)
        code, output = warm_snakemake().run(asked, self.checkout)
        assert code == 0, output
        return list(planned_jobs(output))

    def copied_to(self, directory: Path) -> "Campaign":
        """Copy the campaign, so that a test may change it; the checkout stays the same."""
        shutil.copytree(self.directory, directory)
        return Campaign(directory, self.checkout)

    def exist(self, job: Job) -> bool:
        """Whether all outputs of a job are there."""
        return all((self.directory / output).exists() for output in job.outputs)


def planned_jobs(output: str) -> Iterator[Job]:
    """Read the jobs of a dry run from what it printed, without those of the targets."""
    blocks = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", output, re.MULTILINE)
    for rule, details in blocks:
        if rule not in TARGETS:
            outputs = re.search(r"^    output: (.*)$", details, re.MULTILINE)
            yield Job(rule, tuple(outputs[1].split(", ")) if outputs else ())


def copy_checkout(target: Path) -> Path:
    """Copy what a user's checkout holds, so that a test may edit it."""
    caches = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.nbc", "*.nbi")
    for name in ("workflow", "config", "envs", "profiles", "resources", "tests/config", "docs"):
        shutil.copytree(REPOSITORY / name, target / name, ignore=caches)
    for name in ("Snakefile", "README.md", "requirements.lock", "pyproject.toml"):
        shutil.copy2(REPOSITORY / name, target / name)
    return target
