"""What commands and the parse of the workflow load: no library that only jobs need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from theraflow.core.files import REPOSITORY

# Those that solve, simulate, train, search, read tables of results or draw.
HEAVY = {
    *("COPASI", "libsbml", "llvmlite", "matplotlib", "numba", "pandas", "scipy", "torch"),
    *("cma", "optuna", "pymoo", "onnx", "sklearn"),
}
REPORT = "print('LOADED', *{module.partition('.')[0] for module in sys.modules})"
COMMAND = "from theraflow.cli import app; app(sys.argv[1:], standalone_mode=False)"
WORKFLOW = "import snakemake.cli; snakemake.cli.main(sys.argv[1:])"


def loaded(code: str, *arguments: str | Path, cache: Path) -> set[str]:
    """Name the libraries that a process has loaded when it ends."""
    program = f"import atexit, sys; atexit.register(lambda: {REPORT}); {code}"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONUTF8": "1"},
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    return set(line.split())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that no earlier run has filled."""
    return tmp_path_factory.mktemp("cache")


def test_the_help_loads_nothing_heavy(cache: Path) -> None:
    assert not loaded(COMMAND, "--help", cache=cache) & (HEAVY | {"numpy", "pydantic"})


def test_a_check_loads_the_solvers_that_it_asks_and_once_only(cache: Path) -> None:
    check = ("config", "check", "config/config.yaml")
    assert loaded(COMMAND, *check, cache=cache) & HEAVY == {"COPASI", "libsbml"}
    assert not loaded(COMMAND, *check, cache=cache) & (HEAVY | {"numpy", "pyarrow"})


def test_a_check_without_copasi_s_methods_does_not_load_it(cache: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("crc: {search: {algorithms: {mine: {method: cma-es}}}}\n")
    assert loaded(COMMAND, "config", "check", overlay, cache=cache) & HEAVY == {"libsbml"}


def test_a_plan_loads_no_more_than_snakemake_does(cache: Path, tmp_path: Path) -> None:
    plan = ("--directory", tmp_path, "--quiet", "--dry-run")
    snakemake = loaded("import snakemake.cli, snakemake.workflow", cache=cache)
    assert loaded(WORKFLOW, *plan, cache=cache) & HEAVY <= snakemake & HEAVY
