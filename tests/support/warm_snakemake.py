"""Snakemake imported once and forked for every run, which then costs what it plans.

Every run begins in the same process that knows nothing of theraflow: it imports the package of its
own checkout, and what one run keeps in memory never meets the next.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


class WarmSnakemake:
    """A process that has imported Snakemake and waits for runs; it ends with its parent."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: Sequence[str | Path], checkout: Path) -> tuple[int, str]:
        """Run Snakemake in a checkout; returns the exit code and what it printed."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as output:
            request = [*map(str, arguments)], str(checkout), output.name
            self._server.stdin.write(f"{json.dumps(request)}\n")
            self._server.stdin.flush()
            return int(self._server.stdout.readline()), output.read()


@functools.cache
def warm_snakemake() -> WarmSnakemake:
    """Start the process when the first test asks for it."""
    return WarmSnakemake()


def _become(arguments: list[str], checkout: str, output: str) -> None:
    """Be a Snakemake that was started in a checkout, and end as it ends."""
    file = os.open(output, os.O_WRONLY)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    os.chdir(checkout)
    package = str(Path(checkout, "workflow"))
    os.environ["PYTHONPATH"] = package
    sys.path.insert(0, package)
    sys.argv = ["snakemake", *arguments]
    snakemake.cli.main(arguments)


if __name__ == "__main__":
    # What the workflow imports when it plans, theraflow left out.
    import docutils.core  # noqa: F401
    import lark  # noqa: F401
    import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import requests  # noqa: F401
    import scipy.stats.qmc  # noqa: F401
    import snakemake.cli
    import snakemake.workflow

    for line in sys.stdin:
        run = os.fork()
        if run == 0:
            _become(*json.loads(line))
            sys.exit()
        _, status = os.waitpid(run, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
