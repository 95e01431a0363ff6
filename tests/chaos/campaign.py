"""A small campaign of both studies that is disturbed, started again, and ends."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from theraflow.core.files import REPOSITORY

TINY = REPOSITORY / "tests/config/tiny.yaml"
# Long enough to be killed twenty times.
LONGER = REPOSITORY / "tests/config/chaos.yaml"
DATASET = Path("results/tnf/dataset.parquet")
PATIENCE_S = 1200


@dataclass(frozen=True)
class Campaign:
    """A working directory, and what is asked for in it."""

    directory: Path
    target: str
    configs: tuple[Path, ...] = (TINY,)

    @property
    def output(self) -> Path:
        """What the latest run printed; beside the directory, which may be full."""
        return self.directory.with_name(f"{self.directory.name}.txt")

    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> subprocess.Popen[str]:
        """Start Snakemake as people do; ``before`` runs in the new process."""
        asked = [self.target, "--directory", self.directory, "--cores", "2", *arguments]
        settings = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY / "workflow")}
        with self.output.open("w", encoding="utf-8") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "snakemake", *asked, "--configfile", *self.configs],
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=REPOSITORY,
                env=os.environ | settings | (environment or {}),
                preexec_fn=before,
            )

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> int:
        """Run Snakemake to its end; returns its exit code."""
        return self.start(*arguments, environment=environment, before=before).wait(PATIENCE_S)

    def finish(self) -> None:
        """Start it again, as the documentation says, and expect that it ends well."""
        assert self.run() == 0, self.output.read_text()
        assert self.run("--dry-run", "--quiet") == 0
        assert "Nothing to be done" in self.output.read_text()

    def unlock(self) -> None:
        """Take away the lock of a main process that was killed."""
        assert self.run("--unlock") == 0, self.output.read_text()

    def said(self, *words: str) -> str:
        """Find the one line of the latest run that says all of these words."""
        lines = self.output.read_text().splitlines()
        (line,) = {line.strip() for line in lines if all(word in line for word in words)}
        return line
