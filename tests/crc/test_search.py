"""Searches for therapies: budget, guards, determinism, going on after a kill."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support.scalar_therapies import is_allowed
from support.search_once import ALGORITHMS, posed, recorded
from support.slow_cases import slow_but

from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.evaluators.compiled import CompiledEvaluator
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.native.loop import SearchError
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.search.search import (
    VerificationError,
    candidates_of,
    front_found,
    lead_search,
    rows_found,
    summarise_search,
    verify_best,
)
from theraflow.crc.therapy.problem import BrokenProblemError, check_problem, pose_problem
from theraflow.crc.therapy.quantities import CONSTRAINTS
from theraflow.crc.therapy.therapy import (
    drug_quantity_percent,
    parameter_vector,
    reference_therapy,
    therapy_from_vector,
)
from theraflow.search.history import read_history

SCRIPT = Path(__file__).parents[1] / "support" / "search_once.py"
NATIVE = [name for name, each in ALGORITHMS.items() if each.evaluator == "native"]
_TIMES = ["wall_s", "cpu_s"]
# Ends a test that would wait for ever, on the busiest machine.
_PATIENCE_S = 300


def command(subject_file: Path, algorithm: str, folder: Path, evaluations: int) -> list[str]:
    return [
        sys.executable,
        str(SCRIPT),
        str(subject_file),
        algorithm,
        str(folder),
        f"{evaluations}",
    ]


@pytest.fixture(scope="module")
def random_search(
    therapies: TherapySearch, subject_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The history of COPASI's random search of 25 evaluations."""
    folder = tmp_path_factory.mktemp("random")
    lead_search(posed(therapies, subject_file, "random_search", budget_evaluations=25), folder)
    return folder


def test_evaluation_1_is_the_reference_therapy(
    random_search: Path, therapies: TherapySearch, subject_file: Path, config: CrcConfig
) -> None:
    search = posed(therapies, subject_file, "random_search", budget_evaluations=25)
    rows = recorded(search, random_search)
    reference = parameter_vector(reference_therapy(config.therapy))
    np.testing.assert_array_equal(candidates_of(rows, therapies.problem)[0], reference)
    assert rows.column("objective.objective")[0].as_py() == pytest.approx(100, rel=3e-4)


def test_all_evaluations_are_rows_and_improvements_honour_the_constraints(
    random_search: Path, therapies: TherapySearch, subject_file: Path, config: CrcConfig
) -> None:
    search = posed(therapies, subject_file, "random_search", budget_evaluations=25)
    assert recorded(search, random_search).column("evaluation").to_pylist() == list(range(1, 26))
    found = rows_found(search, random_search)
    assert found.num_rows > 1
    assert np.all(np.diff(found.column("objective.objective").to_numpy()) < 0)
    rows = zip(candidates_of(found, therapies.problem), found.to_pylist(), strict=True)
    for candidate, row in rows:
        therapy = therapy_from_vector(candidate, config.therapy)
        assert is_allowed(therapy, config.therapy)
        percent = row["term.drug_quantity_percent"]
        assert percent == pytest.approx(drug_quantity_percent(therapy, config.therapy))
        expected = 0.9 * row["term.inefficacy"] + 0.1 * percent
        assert row["objective.objective"] == pytest.approx(expected)


@pytest.mark.parametrize(
    "algorithm",
    # One that draws, one that descends.
    slow_but(
        {"genetic_algorithm", "nelder_mead"}, (name for name in NATIVE if name != "three_samples")
    ),
)
def test_every_method_of_copasi_keeps_to_its_budget(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path, algorithm: str
) -> None:
    search = posed(therapies, subject_file, algorithm, budget_evaluations=10)
    lead_search(search, tmp_path)
    rows = recorded(search, tmp_path)
    assert rows.column("evaluation").to_pylist() == list(range(1, 11))
    summary = summarise_search(search, tmp_path)
    assert summary["evaluations"] == 10
    assert summary["ended_by"] == "budget"
    assert summary["feasible_evaluations"] == pc.sum(rows.column("feasible")).as_py()
    assert abs(summary["relative_gap"]) < 5e-4


def test_gradients_that_step_over_the_bounds_find_nothing_there(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    search = posed(therapies, subject_file, "levenberg_marquardt", budget_evaluations=20)
    lead_search(search, tmp_path)
    rows = recorded(search, tmp_path)
    inside = therapies.problem.space.contains(candidates_of(rows, therapies.problem))
    assert not inside.all()
    failed = np.array(rows.column("status").to_pylist()) == "failed"
    np.testing.assert_array_equal(failed, ~inside)


def test_the_same_seed_gives_the_same_search(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    search = posed(therapies, subject_file, "particle_swarm", budget_evaluations=12)
    tables_ = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        subprocess.run(command(subject_file, "particle_swarm", folder, 12), check=True)
        tables_.append(recorded(search, folder).drop_columns(_TIMES))
    assert tables_[0].num_rows == 12
    assert tables_[0].equals(tables_[1])


@pytest.mark.parametrize("algorithm", slow_but({"copasi_de"}, ("random_search", "copasi_de")))
def test_a_killed_search_goes_on_where_it_was(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path, algorithm: str
) -> None:
    folder = tmp_path / "history"
    search = posed(therapies, subject_file, algorithm, budget_evaluations=10_000)

    def has_rows() -> bool:
        # A file that was just begun holds no table.
        return any(folder.glob("*.arrows")) and any(read_history(folder, therapies.problem))

    killed = subprocess.Popen(command(subject_file, algorithm, folder, 10_000))
    try:
        end = time.monotonic() + _PATIENCE_S
        while not has_rows():
            assert time.monotonic() < end, "no evaluation was recorded"
            time.sleep(0.1)
    finally:
        killed.kill()
        killed.wait()
    kept = recorded(search, folder)
    budget = kept.num_rows + 4
    search = posed(therapies, subject_file, algorithm, budget_evaluations=budget)
    lead_search(search, folder)
    assert recorded(search, folder).num_rows == budget
    assert recorded(search, folder).slice(0, kept.num_rows).equals(kept)
    assert summarise_search(search, folder)["evaluations"] == budget


def test_a_finished_search_is_not_searched_again(
    therapies: TherapySearch, subject_file: Path, random_search: Path
) -> None:
    content = {path: path.read_bytes() for path in random_search.iterdir()}
    for evaluations in (25, 12):
        search = posed(therapies, subject_file, "random_search", budget_evaluations=evaluations)
        lead_search(search, random_search)
        assert summarise_search(search, random_search)["evaluations"] == evaluations
        assert (
            max(rows_found(search, random_search).column("evaluation").to_pylist()) <= evaluations
        )
    assert {path: path.read_bytes() for path in random_search.iterdir()} == content


def test_a_budget_of_time_covers_what_ended_within_it(
    therapies: TherapySearch, subject_file: Path, random_search: Path
) -> None:
    search = posed(therapies, subject_file, "random_search", budget_evaluations=25)
    times = recorded(search, random_search).column("wall_s").to_numpy()
    half = posed(therapies, subject_file, "random_search", budget_seconds=float(times[11]))
    summary = summarise_search(half, random_search)
    assert (summary["evaluations"], summary["wall_s"]) == (12, times[11])


def test_a_search_that_its_method_ended_stays_ended(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    rows = set()
    for evaluations, ended_by in ((50, "method"), (500, "method"), (2, "budget")):
        search = posed(therapies, subject_file, "three_samples", budget_evaluations=evaluations)
        lead_search(search, tmp_path)
        assert summarise_search(search, tmp_path)["ended_by"] == ended_by
        rows.add(recorded(search, tmp_path).num_rows)
    (count,) = rows
    assert 3 < count < 50


def test_a_front_holds_what_nothing_dominates(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    search = posed(therapies, subject_file, "front", budget_evaluations=150)
    lead_search(search, tmp_path)
    front = rows_found(search, tmp_path)
    points = np.column_stack(
        [front.column(f"term.{name}") for name in ("inefficacy", "drug_quantity_percent")]
    )
    assert len(points) > 3
    assert np.all(np.diff(points[:, 0]) > 0)
    assert np.all(np.diff(points[:, 1]) < 0)
    assert tables.OBJECTIVE not in summarise_search(search, tmp_path)


def test_a_search_of_one_objective_has_passed_a_front(
    therapies: TherapySearch, subject_file: Path, random_search: Path
) -> None:
    search = posed(therapies, subject_file, "random_search", budget_evaluations=25)
    front = front_found(search, random_search)
    names = ["term.inefficacy", "term.drug_quantity_percent"]
    seen = recorded(search, random_search)
    seen = np.column_stack([seen.filter(seen.column("feasible")).column(name) for name in names])
    points = np.column_stack([front.column(name) for name in names])
    for point in seen:
        assert ((points <= point).all(axis=1)).any()
    # The lowest weighted sum lies on it.
    assert rows_found(search, random_search).column("objective.objective").to_numpy().min() in (
        front.column("objective.objective").to_numpy()
    )


def test_a_search_without_a_feasible_therapy_says_so(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    nobody = therapies.config.model_copy(update={"smallest_dose_mg": 1e6})
    impossible = replace(therapies, config=nobody)
    search = posed(impossible, subject_file, "cma_es", budget_evaluations=20)
    lead_search(search, tmp_path)
    with pytest.raises(SearchError, match="no therapy that honours the constraints"):
        summarise_search(search, tmp_path)


def test_an_unresolved_constraint_fails(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    """COPASI loads such a file, and would search without the constraint."""
    text = subject_file.with_suffix(".cps").read_text(encoding="utf-8")
    start = text.index('name="OptimizationConstraintList"')
    end = text.index("</ParameterGroup>", text.index("safety_ate", start))
    broken = text[start:end].replace("safety_ate", "safety_nobody")
    broken_file = tmp_path / "broken.cps"
    broken_file.write_text(text[:start] + broken + text[end:], encoding="utf-8")
    search = posed(therapies, tmp_path / "broken.json", "random_search", budget_evaluations=3)
    with pytest.raises(BrokenProblemError, match="2 of 3 constraints"):
        lead_search(search, tmp_path / "history")


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


def test_a_result_that_is_not_true_fails(
    therapies: TherapySearch, subject_file: Path, random_search: Path, config: CrcConfig
) -> None:
    search = posed(therapies, subject_file, "random_search", budget_evaluations=25)
    found = rows_found(search, random_search)
    best, first = found.slice(found.num_rows - 1), found.slice(0, 1)
    evaluator = CopasiEvaluator(therapies, config.search.search_solver)
    assert abs(verify_best(search, best, evaluator)["relative_gap"]) < 5e-4
    with pytest.raises(VerificationError, match="in the search"):
        verify_best(search, scaled(best, "objective.objective", 0.99), evaluator)
    with pytest.raises(VerificationError, match="breaks a safety limit"):
        verify_best(search, scaled(first, "parameter.f_a", 0.75), evaluator)


def scaled(row: pa.Table, name: str, factor: float) -> pa.Table:
    column = pa.array([factor * row.column(name)[0].as_py()])
    return row.set_column(row.schema.get_field_index(name), name, column)


def test_both_evaluators_tell_the_same_of_a_patient(
    therapies: TherapySearch, config: CrcConfig
) -> None:
    problem = therapies.problem
    drawn = problem.space.from_unit(np.random.default_rng(3).random((6, problem.space.dimension)))
    candidates, seeds = np.vstack([problem.reference_candidate, drawn]), np.zeros(7, np.uint64)
    compiled = CompiledEvaluator(therapies).evaluate(candidates, seeds)
    copasi = CopasiEvaluator(therapies, config.search.verification_solver).evaluate(
        candidates, seeds
    )
    np.testing.assert_allclose(compiled.terms, copasi.terms, rtol=2e-4)
    np.testing.assert_array_equal(compiled.constraints, copasi.constraints)
