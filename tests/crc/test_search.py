"""Searches: budget, guards, determinism, going on after a kill."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.search_once import EXTRA_ALGORITHMS, search_as, search_config

from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.search.history import EndedBy
from theraflow.crc.search.search import SearchResult
from theraflow.crc.therapy.problem import BrokenProblemError, check_problem, pose_problem
from theraflow.crc.therapy.quantities import CONSTRAINTS
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.therapy import (
    drug_quantity_percent,
    is_allowed,
    parameter_names,
    parameter_vector,
    reference_therapy,
    therapy_from_vector,
)
from theraflow.crc.therapy.verification import VerificationError, Verified, verify_therapy

SCRIPT = Path(__file__).parents[1] / "support" / "search_once.py"


def command(problem_file: Path, algorithm: str, history: Path, evaluations: int) -> list[str]:
    arguments = [problem_file, algorithm, 7, history, evaluations]
    return [sys.executable, str(SCRIPT), *map(str, arguments)]


def verify(problem_file: Path, best: "pd.Series[float]", config: CrcConfig) -> Verified:
    vector = best[parameter_names(config.therapy)].to_numpy(dtype=float)
    solver = config.search.verification_solver
    return verify_therapy(problem_file, vector, best[tables.OBJECTIVE], config.therapy, solver)


def records(history: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in history.read_text().splitlines() if line.endswith("}")]


@pytest.fixture(scope="module")
def random_search(problem_file: Path, tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    history = tmp_path_factory.mktemp("random") / "history.jsonl"
    return search_as(search_config(25), problem_file, "random_search", 7, history)


def test_evaluation_1_is_the_reference_therapy(random_search: SearchResult) -> None:
    first = random_search.improvements.iloc[0]
    config = CrcConfig()
    assert first[tables.EVALUATION] == 1
    assert first[tables.DRUG_QUANTITY_PERCENT] == 100
    np.testing.assert_array_equal(
        first[parameter_names(config.therapy)].to_numpy(dtype=float),
        parameter_vector(reference_therapy(config.therapy)),
    )


def test_the_budget_is_kept_to_the_evaluation(random_search: SearchResult) -> None:
    assert random_search.spent.evaluation == 25
    assert random_search.ended_by == "budget"


def test_improvements_improve_and_honour_the_constraints(random_search: SearchResult) -> None:
    config = CrcConfig().therapy
    table = random_search.improvements
    assert len(table) > 1
    assert table[tables.OBJECTIVE].is_monotonic_decreasing
    for _, row in table.iterrows():
        vector = row[parameter_names(config)].to_numpy(dtype=float)
        therapy = therapy_from_vector(vector, config)
        assert is_allowed(therapy, config)
        assert row[tables.DRUG_QUANTITY_PERCENT] == pytest.approx(
            drug_quantity_percent(therapy, config)
        )
        assert row[tables.OBJECTIVE] == pytest.approx(
            0.9 * row[tables.INEFFICACY_MM] + 0.1 * row[tables.DRUG_QUANTITY_PERCENT]
        )


@pytest.mark.parametrize(
    "algorithm",
    [
        *(name for name in SearchConfig().algorithms if name != "random_search"),
        *EXTRA_ALGORITHMS,
    ],
)
def test_every_offered_algorithm_searches(
    problem_file: Path, tmp_path: Path, algorithm: str
) -> None:
    result = search_as(search_config(10), problem_file, algorithm, 3, tmp_path / "history.jsonl")
    assert result.spent.evaluation == 10
    assert result.improvements.iloc[0][tables.DRUG_QUANTITY_PERCENT] == 100
    assert result.ended_by is EndedBy.BUDGET


def test_the_same_seed_gives_the_same_search(problem_file: Path, tmp_path: Path) -> None:
    histories = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for history in histories:
        subprocess.run(command(problem_file, "particle_swarm", history, 12), check=True)
    first, second = (
        [
            {key: value for key, value in record.items() if not key.endswith("seconds")}
            for record in records(history)
            if record["kind"] == "improvement"
        ]
        for history in histories
    )
    assert len(first) > 1
    assert first == second


def test_a_killed_search_goes_on_where_it_was(problem_file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    killed = subprocess.Popen(command(problem_file, "random_search", history, 10_000))
    try:
        for _ in range(600):
            time.sleep(0.1)
            if history.is_file() and len(records(history)) >= 3:
                break
    finally:
        killed.kill()
        killed.wait()
    with history.open("a") as file:
        file.write('{"kind": "improvement", "evalua')
    kept = [record for record in records(history) if record["kind"] == "improvement"]
    budget = int(records(history)[-1]["evaluation"]) + 8
    result = search_as(search_config(budget), problem_file, "random_search", 7, history)
    assert result.spent.evaluation == budget
    assert result.improvements["objective"].tolist()[: len(kept)] == [
        record["objective"] for record in kept
    ]
    assert result.improvements[tables.EVALUATION].is_monotonic_increasing
    assert result.improvements[tables.OBJECTIVE].is_monotonic_decreasing


def test_a_finished_search_is_not_searched_again(problem_file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    config = search_config(3)
    first = search_as(config, problem_file, "random_search", 7, history)
    content = history.read_bytes()
    less = search_as(search_config(2), problem_file, "random_search", 7, history)
    assert less.spent.evaluation == 2
    assert (less.improvements[tables.EVALUATION] <= 2).all()
    assert history.read_bytes() == content
    again = search_as(config, problem_file, "random_search", 7, history)
    assert history.read_bytes() == content
    pd.testing.assert_frame_equal(again.improvements, first.improvements)


def test_an_unresolved_constraint_fails(problem_file: Path, tmp_path: Path) -> None:
    """COPASI loads such a file, and would search without the constraint."""
    text = problem_file.read_text(encoding="utf-8")
    start = text.index('name="OptimizationConstraintList"')
    end = text.index("</ParameterGroup>", text.index("safety_ate", start))
    broken = text[start:end].replace("safety_ate", "safety_nobody")
    broken_file = tmp_path / "broken.cps"
    broken_file.write_text(text[:start] + broken + text[end:], encoding="utf-8")
    with pytest.raises(BrokenProblemError, match="2 of 3 constraints"):
        search_as(search_config(3), broken_file, "random_search", 7, tmp_path / "history.jsonl")


def test_a_constraint_on_nothing_cannot_be_posed(
    problem_file: Path, config: CrcConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    copasi = CopasiModel.from_file(problem_file)
    monkeypatch.setitem(CONSTRAINTS, "safety_nobody", ("-inf", "0"))
    with pytest.raises(UserError, match="safety_nobody"):
        pose_problem(copasi, config.therapy)


def test_a_missing_parameter_fails(problem_file: Path, config: CrcConfig) -> None:
    copasi = CopasiModel.from_file(problem_file)
    copasi.data_model.getTask("Optimization").getProblem().removeOptItem(4)
    with pytest.raises(BrokenProblemError, match="31 of 32 parameters"):
        check_problem(copasi, config.therapy)


def test_a_reported_j_that_is_not_true_fails(
    problem_file: Path, random_search: SearchResult, config: CrcConfig
) -> None:
    best = random_search.improvements.iloc[-1].copy()
    best[tables.OBJECTIVE] *= 0.99
    with pytest.raises(VerificationError, match="in the search"):
        verify(problem_file, best, config)


def test_a_therapy_that_breaks_a_limit_fails(
    problem_file: Path, random_search: SearchResult, config: CrcConfig
) -> None:
    best = random_search.improvements.iloc[0].copy()
    best["f_a"] = 3.0
    with pytest.raises(VerificationError, match="breaks a safety limit"):
        verify(problem_file, best, config)


def test_an_algorithm_that_ranks_violations_ends_allowed(
    problem_file: Path,
    study_model: StudyModel,
    reference_start: PatientStart,
    tmp_path: Path,
) -> None:
    result = search_as(
        search_config(20), problem_file, "stochastic_ranking", 5, tmp_path / "history.jsonl"
    )
    assert (result.improvements[list(tables.SAFETY_EXCESS_MG)] <= 0).all(axis=None)
