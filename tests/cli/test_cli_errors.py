"""Bad input, as people type it: one line that names it, exit code 2, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.bad_inputs import CASES, PAGE, RESOURCES, answer_to, as_markdown


@pytest.mark.workflow
@pytest.mark.parametrize("case", ["model of one word", "too few points"])
def test_snakemake_refuses_it_while_it_reads_the_workflow(tmp_path: Path, case: str) -> None:
    make_arguments, expected = CASES[case]
    *_, config = make_arguments(tmp_path)
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("snakemake"), "-n", "--quiet"),
            *("-s", RESOURCES.parents[1] / "Snakefile", "--configfile", config),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )

    assert run.returncode != 0
    assert run.stderr.splitlines()[-1].startswith("theraflow: error: ")
    assert expected in run.stderr
    assert "Traceback" not in run.stderr


def assert_one_line(errors: str, expected: str) -> None:
    (line,) = errors.splitlines()
    assert line.startswith("theraflow: error: ")
    assert expected in line


@pytest.mark.xdist_group("bad inputs")
@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line(case: str) -> None:
    code, errors, left = answer_to(case)
    assert code == 2
    assert_one_line(errors, CASES[case][1])
    assert not left


@pytest.mark.xdist_group("bad inputs")
def test_the_documentation_tells_every_answer() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), "make reference writes it anew"


def run_command(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("theraflow"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize("case", ["date", "out below a file"])
def test_the_installed_command_says_the_same(tmp_path: Path, case: str) -> None:
    make_arguments, expected = CASES[case]
    run = run_command(tmp_path, *make_arguments(tmp_path))
    assert run.returncode == 2
    assert_one_line(run.stderr, expected)


def test_without_arguments_the_help_is_shown(tmp_path: Path) -> None:
    run = run_command(tmp_path, "tnf")
    assert run.returncode == 2
    assert "simulate" in run.stdout + run.stderr
    assert "error" not in run.stderr
