"""The workflow where its package is not installed: linted, and as a module of another workflow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.workflow_runs import TINY

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

# Snakemake in a process that could not import theraflow by itself.
WITHOUT_THE_PACKAGE = """\
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
sys.path = [path for path in sys.path if path and not path.endswith("/workflow")]
try:
    import theraflow
    sys.exit("theraflow can be imported")
except ImportError:
    pass
import snakemake.cli
snakemake.cli.main(sys.argv[1:])
"""


def snakemake(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment | {"OMP_NUM_THREADS": "1"},
    )


def test_another_workflow_runs_the_rules_of_the_page(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/installing.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "theraflow").symlink_to(REPOSITORY)
    (tmp_path / "Snakefile").write_text(code, encoding="utf-8")
    run = snakemake(tmp_path, "--cores", "2", "--configfile", REPOSITORY / TINY)
    assert run.returncode == 0, run.stderr
    assert int((tmp_path / "rows.txt").read_text()) == 8 * 25


def test_lint_needs_no_installed_package(tmp_path: Path) -> None:
    # It includes the Snakefile in the root of the repository.
    run = snakemake(tmp_path, "--lint", "--snakefile", REPOSITORY / "workflow/Snakefile")
    assert run.returncode == 0, run.stderr + run.stdout
