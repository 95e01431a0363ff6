"""Bad input, as people type it: one line that names it, exit code 2, no traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from support.surrogate_frames import toy_frame

from theraflow.cli import main

RESOURCES = Path(__file__).resolve().parents[2] / "resources/tnf_spheroid"

Arguments = list[str | Path]
SIMULATE: Arguments = ["tnf", "simulate", "--radius", "50", "--period", "60", "--duration", "10"]
PREDICT: Arguments = ["tnf", "predict", "--surrogate", "nowhere", "--duration", "10"]


def simulate(folder: Path, *more: str | Path) -> Arguments:
    return [*SIMULATE, "--concentration", "0.5", "--out", folder / "out.parquet", *more]


def check(folder: Path, tnf: object) -> Arguments:
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"tnf": tnf}), encoding="utf-8")
    return ["config", "check", config]


def check_model(folder: Path, content: bytes) -> Arguments:
    model = folder / "model.yaml"
    model.write_bytes(content)
    return check(folder, {"engine": {"model_file": str(model)}})


def check_constant(folder: Path, old: str, new: str) -> Arguments:
    text = (RESOURCES / "model.yaml").read_text(encoding="utf-8")
    assert old in text
    return check_model(folder, text.replace(old, new).encode())


def check_network(folder: Path, content: bytes) -> Arguments:
    network = folder / "network.bnd"
    network.write_bytes(content)
    return check(folder, {"engine": {"network_file": str(network)}})


def below_a_file(folder: Path) -> Arguments:
    (folder / "file").touch()
    return [*SIMULATE, "--concentration", "0.5", "--out", folder / "file/out.parquet"]


def onto_a_folder(folder: Path) -> Arguments:
    (folder / "out.parquet").mkdir()
    return simulate(folder)


def table(folder: Path, frame: pd.DataFrame) -> Path:
    frame.to_parquet(folder / "table.parquet", index=False)
    return folder / "table.parquet"


def benchmark(folder: Path, frame: pd.DataFrame) -> Arguments:
    return ["tnf", "benchmark-surrogates", "--dataset", table(folder, frame)]


CASES: dict[str, tuple[Callable[[Path], Arguments], str]] = {
    "snapshot beyond the horizon": (
        lambda folder: simulate(folder, "--snapshots", "0,1500"),
        "snapshot at 1500 min: give a time from 0 to the horizon, 1440 min",
    ),
    "snapshot between two steps": (
        lambda folder: simulate(folder, "--snapshots", "0,30.3"),
        "--snapshots 0,30.3: give whole minutes with commas between them",
    ),
    "MultiCellDS without snapshots": (
        lambda folder: simulate(folder, "--multicellds", folder / "output"),
        "there are no snapshots; give --snapshots",
    ),
    "MultiCellDS among other files": (
        lambda folder: simulate(folder, "--snapshots", "0", "--multicellds", folder.parent),
        "is not empty; give a new folder",
    ),
    "snapshots of PhysiBoSS": (
        lambda folder: simulate(folder, "--engine", "physiboss", "--snapshots", "0"),
        "--snapshots: PhysiBoSS writes snapshots of its own",
    ),
    "negative rate": (
        lambda folder: check_constant(folder, "birth_per_min: 0.00075", "birth_per_min: -1"),
        "birth_and_death.birth_per_min: Input should be greater than or equal to 0",
    ),
    "not finite": (
        lambda folder: check_constant(folder, "birth_per_min: 0.00075", "birth_per_min: .nan"),
        "birth_and_death.birth_per_min",
    ),
    "date": (
        lambda folder: check_constant(folder, "birth_per_min: 0.00075", "born: 2020-01-01"),
        "birth_and_death.born",
    ),
    "model of one word": (lambda folder: check_model(folder, b"hello"), "not a mapping"),
    "binary model": (lambda folder: check_model(folder, b"\xff\xfe\x00"), "not UTF-8"),
    "truncated network": (
        lambda folder: check_network(folder, (RESOURCES / "network.bnd").read_bytes()[:400]),
        "network.bnd: line",
    ),
    "binary network": (lambda folder: check_network(folder, b"\xff\xfe\x00"), "not UTF-8"),
    "too few points": (
        lambda folder: check(folder, {"designs": [{"kind": "sobol", "points": 3}]}),
        "tnf.designs: 3 parameter points are too few",
    ),
    "key that is no text": (
        lambda folder: check(folder, {2: 1}),
        "tnf: the key 2 is no text",
    ),
    "unknown command": (lambda _: ["tnf", "simulat"], "simulat"),
    "missing option": (lambda _: ["tnf", "simulate"], "--radius"),
    "period that is no number": (lambda _: [*PREDICT, "--period", "x"], "--period"),
    "birth rate": (lambda folder: simulate(folder, "--birth-rate", "1"), "birth_per_min"),
    "out below a file": (below_a_file, "out.parquet: cannot be written"),
    "out onto a folder": (onto_a_folder, "out.parquet: cannot be written"),
    "reference of text": (
        lambda folder: [
            *("tnf", "validate", "--reference"),
            table(folder, toy_frame(points=4).assign(alive="many")),
        ],
        "the column alive holds",
    ),
    "data set without rows": (
        lambda folder: benchmark(folder, toy_frame(points=4).iloc[:0]),
        "holds no trajectories",
    ),
    "in_paper of text": (
        lambda folder: benchmark(folder, toy_frame(points=4).assign(in_paper="yes")),
        "the column in_paper must be true or false",
    ),
}


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


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line(
    tmp_path: Path,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    make_arguments, expected = CASES[case]
    monkeypatch.setattr(sys, "argv", ["theraflow", *map(str, make_arguments(tmp_path))])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert_one_line(capfd.readouterr().err, expected)
    assert not [path for path in tmp_path.rglob("*out*") if path.is_file()]


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
