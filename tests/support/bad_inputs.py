"""Bad input, as people type it: the arguments of a command, and what its one line must say.

PYTHONPATH=tests python -m support.bad_inputs    # writes docs/bad-inputs.md
"""

import contextlib
import functools
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

from support.surrogate_frames import toy_frame
from theraflow.cli import main
from theraflow.core.files import REPOSITORY, write_text_atomic

PAGE: Final = REPOSITORY / "docs" / "bad-inputs.md"
_HEAD: Final = (
    "# What bad input is answered",
    "",
    "Every command refuses what it cannot use before any work starts, with one line and exit code "
    "2.",
    "The table is written by `make reference` from the cases that the tests run.",
    "",
    "| input | answer |",
    "|---|---|",
)

RESOURCES = Path(__file__).resolve().parents[2] / "resources/tnf_spheroid"

Arguments = list[str | Path]
SIMULATE: Arguments = ["tnf", "simulate", "--radius", "50", "--period", "60", "--duration", "10"]
PREDICT: Arguments = ["tnf", "predict", "--surrogate", "nowhere", "--duration", "10"]


def simulate(folder: Path, *more: str | Path) -> Arguments:
    return [*SIMULATE, "--concentration", "0.5", "--out", folder / "out.parquet", *more]


def check(folder: Path, tnf: object) -> Arguments:
    return check_study(folder, {"tnf": tnf})


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


def check_study(folder: Path, study: object) -> Arguments:
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(study), encoding="utf-8")
    return ["config", "check", config]


def sobol(**ranges: list[int]) -> dict[str, Any]:
    return {"kind": "sobol", "points": 64, **ranges}


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def folder_with_a_file(folder: Path) -> Path:
    (folder / "notes.txt").touch()
    return folder


def table(folder: Path, frame: pd.DataFrame) -> Path:
    frame.to_parquet(folder / "table.parquet", index=False)
    return folder / "table.parquet"


def benchmark(folder: Path, frame: pd.DataFrame) -> Arguments:
    return ["tnf", "benchmark-surrogates", "--dataset", table(folder, frame)]


CASES: Final[dict[str, tuple[Callable[[Path], Arguments], str]]] = {
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
        lambda folder: simulate(
            folder, "--snapshots", "0", "--multicellds", folder_with_a_file(folder)
        ),
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
    # Keys and values of the config.
    "misspelt key": (lambda folder: check(folder, {"replicate": 2}), "did you mean"),
    "misspelt key, two levels down": (
        lambda folder: check(folder, {"surrogates": {"theraflow": {"epoch": 5}}}),
        "did you mean",
    ),
    "value of the wrong type": (lambda folder: check(folder, {"replicates": "many"}), "replicates"),
    "value out of range": (lambda folder: check(folder, {"replicates": 0}), ">= 1"),
    "number that is a truth value": (
        lambda folder: check(folder, {"replicates": True}),
        "replicates",
    ),
    "radius out of range": (
        lambda folder: check(folder, {"tumor_radii_um": [5]}),
        "tumor_radii_um",
    ),
    "radius twice": (lambda folder: check(folder, {"tumor_radii_um": [50, 50]}), "tumor_radii_um"),
    "no radius": (lambda folder: check(folder, {"tumor_radii_um": []}), "tumor_radii_um"),
    "radius that reaches the source": (
        lambda folder: check(folder, {"tumor_radii_um": [500]}),
        "tumor_radii_um",
    ),
    "horizon of half an hour": (lambda folder: check(folder, {"horizon_min": 1470}), "horizon_min"),
    "horizon beyond a week": (lambda folder: check(folder, {"horizon_min": 20160}), "horizon_min"),
    "unknown engine": (lambda folder: check(folder, {"engine": {"name": "pysiboss"}}), "physiboss"),
    "fourth dimension": (lambda folder: check(folder, {"engine": {"dimension": 4}}), "dimension"),
    "unknown kind of design": (
        lambda folder: check(folder, {"designs": [{"kind": "sobl", "points": 64}]}),
        "sobol",
    ),
    "range upside down": (
        lambda folder: check(folder, {"designs": [sobol(pulse_period_min=[600, 60])]}),
        "pulse_period_min",
    ),
    "region without treatments": (
        lambda folder: check(
            folder,
            {"designs": [sobol(pulse_period_min=[10, 12], pulse_duration_min=[100, 120])]},
        ),
        "tnf.designs[0]",
    ),
    "unknown method of search for treatments": (
        lambda folder: check(folder, {"treatment": {"searches": {"mine": {"method": "cma_es"}}}}),
        "cma-es",
    ),
    "unknown setting of a method": (
        lambda folder: check(
            folder,
            {"treatment": {"searches": {"mine": {"method": "pso", "settings": {"size": 5}}}}},
        ),
        "size",
    ),
    "name of a search that is a path": (
        lambda folder: check(folder, {"treatment": {"searches": {"../mine": {"method": "pso"}}}}),
        "file's name",
    ),
    "budget of zero": (
        lambda folder: check(folder, {"treatment": {"budget_evaluations": 0}}),
        "budget_evaluations",
    ),
    "one radius for a worst case": (
        lambda folder: check(folder, {"treatment": {"worst_case_radii_um": [50]}}),
        "worst_case_radii_um",
    ),
    "unknown section": (lambda folder: check_study(folder, {"tfn": {}}), "did you mean"),
    "study of text": (lambda folder: check_study(folder, "tnf"), "mapping"),
    "unknown method of search for therapies": (
        lambda folder: check_study(
            folder, {"crc": {"search": {"algorithms": {"mine": {"method": "cmaes"}}}}}
        ),
        "cma-es",
    ),
    "unknown size of a tumour": (
        lambda folder: check_study(folder, {"crc": {"therapy": {"size": "diameter"}}}),
        "size",
    ),
    "more responders than candidates": (
        lambda folder: check_study(
            folder, {"crc": {"patients": {"candidates": 3, "responders": 5}}}
        ),
        "responders",
    ),
    # Files of the config.
    "config that is missing": (lambda _: ["config", "check", "nowhere.yaml"], "nowhere.yaml"),
    "config that is a folder": (lambda folder: ["config", "check", folder], "directory"),
    "config that is no YAML": (
        lambda folder: ["config", "check", write(folder, "config.yaml", b"tnf: [1, 2")],
        "config.yaml",
    ),
    "config that is not UTF-8": (
        lambda folder: ["config", "check", write(folder, "config.yaml", b"\xff\xfe")],
        "config.yaml",
    ),
    "model that is missing": (
        lambda folder: check(folder, {"engine": {"model_file": "nowhere.yaml"}}),
        "nowhere.yaml",
    ),
    "SBML model that is missing": (
        lambda folder: check_study(folder, {"crc": {"model": {"sbml_file": "nowhere.xml"}}}),
        "nowhere.xml",
    ),
    # Commands.
    "pulse longer than its period": (lambda folder: simulate(folder, "--duration", "90"), "90"),
    "concentration of less than nothing": (
        lambda folder: simulate(folder, "--concentration", "-1"),
        "oncentration",
    ),
    "radius of a giant": (lambda folder: simulate(folder, "--radius", "4000"), "4000"),
    "horizon of a minute": (lambda folder: simulate(folder, "--horizon", "61"), "horizon"),
    "table with an unknown ending": (
        lambda folder: [*SIMULATE, "--concentration", "0.5", "--out", folder / "out.txt"],
        ".parquet",
    ),
    "option of the other engine": (lambda folder: simulate(folder, "--threads", "2"), "threads"),
    "program that is missing": (
        lambda folder: simulate(
            folder, "--engine", "physiboss", "--executable", "nowhere", "--settings", "nowhere.xml"
        ),
        "nowhere",
    ),
    "surrogate that is missing": (
        lambda _: [*PREDICT, "--period", "60", "--concentration", "1"],
        "nowhere",
    ),
    "surrogate that is no surrogate": (
        lambda folder: [
            *("tnf", "predict", "--surrogate", folder, "--period", "60"),
            *("--duration", "10", "--concentration", "1"),
        ],
        "card.json",
    ),
    "treatments without anything to search on": (
        lambda folder: ["tnf", "optimise", "--radius", "100", "--out", folder / "out"],
        "--surrogate",
    ),
    "unknown method on the command line": (
        lambda folder: [
            *("tnf", "optimise", "--engine", "--radius", "100"),
            *("--method", "particle", "--out", folder / "out"),
        ],
        "particle",
    ),
    "reference that is missing": (
        lambda _: ["tnf", "validate", "--reference", "nowhere.parquet"],
        "nowhere.parquet",
    ),
    "table that is cut": (
        lambda folder: ["tnf", "validate", "--reference", write(folder, "cut.parquet", b"PAR1")],
        "cut.parquet",
    ),
    "results that are none": (lambda folder: ["ledger", folder], "holds no ledger"),
    "results that are missing": (lambda _: ["ledger", "nowhere"], "no such folder"),
    "campaign that has not begun": (lambda folder: ["watch", folder, "--once"], "has started"),
    "cost of nothing": (lambda folder: ["cost", folder], "benchmarks"),
    "patients that are missing": (
        lambda folder: ["crc", "simulate", "--patient", "1", "--out", folder / "out.parquet"],
        "selected.parquet",
    ),
    "therapy of an unknown drug": (
        lambda folder: [
            *("crc", "simulate", "--patient", "1", "--out", folder / "out.parquet"),
            *("--therapy", "aspirin"),
        ],
        "aspirin",
    ),
}


@functools.cache
def answer_to(case: str) -> tuple[int, str, tuple[str, ...]]:
    """Run a case in an empty folder: exit code, error output, names of output files left.

    The folder is worded as ``FOLDER``, the repository as ``REPOSITORY``.
    """
    make_arguments, _ = CASES[case]
    errors, arguments_before = io.StringIO(), sys.argv
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        try:
            sys.argv = ["theraflow", *map(str, make_arguments(folder))]
            with contextlib.chdir(folder), contextlib.redirect_stderr(errors):
                main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        finally:
            sys.argv = arguments_before
        left = tuple(path.name for path in folder.rglob("*out*") if path.is_file())
        text = (
            errors.getvalue().replace(str(folder), "FOLDER").replace(str(REPOSITORY), "REPOSITORY")
        )
        return code, text, left


def as_markdown() -> str:
    """Lay all cases and their messages out as a page."""
    rows = [
        f"| {case} | {' '.join(answer_to(case)[1].split()).replace('|', chr(92) + '|')} |"
        for case in CASES
    ]
    return "\n".join([*_HEAD, *rows, ""])


if __name__ == "__main__":
    write_text_atomic(PAGE, as_markdown())
