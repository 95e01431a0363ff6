"""The colorectal-cancer study as people run it, in miniature, and what an edit re-runs."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from theraflow.campaign.files import REPOSITORY
from theraflow.crc.report_names import FIGURES, TABLES

pytestmark = [pytest.mark.workflow, pytest.mark.slow, pytest.mark.xdist_group("workflow")]

TINY = REPOSITORY / "tests" / "config" / "tiny.yaml"
COMPARISON = {"compare_searches", "plot_comparison"}


def snakemake(directory: Path, *arguments: str, changes: dict[str, Any] | None = None) -> str:
    overlay = directory / "overlay.yaml"
    overlay.write_text(yaml.safe_dump({"crc": changes or {}}))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"),
            *("--configfile", TINY, overlay, "--directory", directory, "--cores", "2"),
            *arguments,
            "crc",
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def planned(output: str) -> dict[str, int]:
    table = re.search(r"Job stats:\n.*\n-+ .*\n((?:\w+ +\d+\n)+)", output)
    if table is None:
        assert "Nothing to be done" in output
        return {}
    jobs = {rule: int(count) for rule, count in map(str.split, table[1].splitlines())}
    return {rule: count for rule, count in jobs.items() if rule not in ("crc", "total")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("crc")
    snakemake(directory)
    return directory


def test_the_study_runs_to_its_end(finished: Path) -> None:
    results = finished / "results" / "crc"
    outcomes = pd.read_csv(results / "patients" / "outcomes.csv").set_index("class")["candidates"]
    assert outcomes.drop("responder").sum() == 4
    best = pd.read_csv(results / "comparison" / "best_therapies.csv")
    assert len(best) == 4
    assert set(best["algorithm"]) == {"random_search", "swarm"}
    assert (best["relative_objective"] <= 1).all()
    for table in TABLES:
        assert len(pd.read_parquet(results / "comparison" / f"{table}.parquet"))
    for figure in FIGURES:
        assert (results / "figures" / f"{figure}.svg").stat().st_size > 1000


def test_a_finished_study_has_nothing_to_do(finished: Path) -> None:
    assert planned(snakemake(finished, "--dry-run")) == {}


def test_other_response_classes_only_compare_anew(finished: Path) -> None:
    changes = {"comparison": {"partial_response_percent": 20}}
    assert set(planned(snakemake(finished, "--dry-run", changes=changes))) == COMPARISON


def test_more_candidates_grow_only_those(finished: Path) -> None:
    changes = {"patients": {"candidates": 6}}
    jobs = planned(snakemake(finished, "--dry-run", changes=changes))
    assert jobs["grow_patients"] == 1


def test_one_more_algorithm_searches_only_with_that(finished: Path) -> None:
    changes = {"search": {"algorithms": {"annealing": {"method": "Simulated Annealing"}}}}
    jobs = planned(snakemake(finished, "--dry-run", "--rerun-triggers", "params", changes=changes))
    assert "grow_patients" not in jobs
    assert jobs["search_therapy"] == 2
