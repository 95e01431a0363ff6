"""What every method of the registry keeps to; a method that is added is tested by its being there.

Times are those of a clock that ticks at each look, so that equal searches write equal bytes.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from support.search_problems import (
    Function,
    FunctionEvaluator,
    Killed,
    few_choices,
    few_choices_of_two,
    mixed_integers,
    ticking_clock,
    zdt1,
)

from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.history import read_history
from theraflow.search.methods.method import Objectives
from theraflow.search.methods.registry import ChosenMethod, all_methods, choose
from theraflow.search.problem import Problem
from theraflow.search.run import SearchResult, search

METHODS = [method.name for method in all_methods().values() if method.propose]
# Evaluations of the tests, which batches of no method divide.
EVALUATIONS = 43
SEED = 2**62 + 5
EXPENSIVE = {"gp": 13, "tpe": 29}


def fitting_problem(name: str) -> tuple[Problem, Function]:
    return zdt1() if all_methods()[name].objectives is Objectives.MANY else mixed_integers()


def budget_of(name: str) -> int:
    return EXPENSIVE.get(name, EVALUATIONS)


def run(name: str, evaluator: FunctionEvaluator, folder: Path, evaluations: int) -> SearchResult:
    problem, _ = fitting_problem(name)
    budget = Budget(evaluations=evaluations)
    return search(problem, evaluator, chosen(name), budget, SEED, folder, ticking_clock())


def chosen(name: str) -> ChosenMethod:
    """Choose a method with generations so small that the tests see several."""
    small = {"population": 6, "startup": 4}
    known = all_methods()[name].settings.model_fields
    return choose(name, {key: value for key, value in small.items() if key in known})


def evaluator_of(name: str, **changes: object) -> FunctionEvaluator:
    return FunctionEvaluator(fitting_problem(name)[1], **changes)


def rows(name: str, folder: Path, evaluations: int | None = None) -> pa.Table:
    problem, _ = fitting_problem(name)
    return pa.concat_tables(read_history(folder, problem, evaluations=evaluations))


def untimed(table: pa.Table) -> pa.Table:
    return table.drop_columns([tables.WALL_S, tables.CPU_S])


def file_bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.arrows"))]


@pytest.fixture(scope="module", params=METHODS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def finished(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history of a search that went on to the end of its budget."""
    folder = tmp_path_factory.mktemp(name)
    run(name, evaluator_of(name), folder, budget_of(name))
    return folder


def test_the_budget_is_kept_to_the_evaluation(name: str, tmp_path: Path) -> None:
    evaluator = evaluator_of(name)
    result = run(name, evaluator, tmp_path, budget_of(name))
    assert result.evaluations == evaluator.calls == budget_of(name)
    numbers = rows(name, tmp_path).column(tables.EVALUATION).to_pylist()
    assert numbers == list(range(1, budget_of(name) + 1))


def test_every_candidate_lies_in_the_space_and_is_recorded_as_evaluated(
    name: str, tmp_path: Path
) -> None:
    problem, _ = fitting_problem(name)
    evaluator = evaluator_of(name)
    run(name, evaluator, tmp_path, budget_of(name))
    seen = np.concatenate(evaluator.seen)
    assert problem.space.contains(seen).all()
    table = rows(name, tmp_path)
    names = [tables.PARAMETER_PREFIX + variable.name for variable in problem.space.variables]
    recorded = np.column_stack([table.column(each).to_numpy() for each in names])
    np.testing.assert_array_equal(recorded, seen)
    assert len(np.unique(seen, axis=0)) > budget_of(name) / 2


def test_the_reference_is_evaluation_1_and_no_second_one_of_the_start(
    name: str, finished: Path
) -> None:
    problem, _ = fitting_problem(name)
    table = rows(name, finished)
    names = [tables.PARAMETER_PREFIX + variable.name for variable in problem.space.variables]
    candidates = np.column_stack([table.column(each).to_numpy() for each in names])
    assert candidates[0].tolist() == list(problem.reference)
    assert candidates[1].tolist() != list(problem.reference)


def test_constraints_are_judged_alike(name: str, finished: Path) -> None:
    problem, function = fitting_problem(name)
    table = rows(name, finished).to_pandas()
    candidates = table[[c for c in table if c.startswith(tables.PARAMETER_PREFIX)]].to_numpy()
    _, constraints = function(candidates)
    feasible = (constraints <= [each.tolerance for each in problem.constraints]).all(axis=1)
    np.testing.assert_array_equal(table[tables.FEASIBLE], feasible)
    np.testing.assert_array_equal(table[tables.VIOLATION] == 0, feasible)


def test_the_same_seed_writes_the_same_bytes(name: str, finished: Path, tmp_path: Path) -> None:
    run(name, evaluator_of(name), tmp_path, budget_of(name))
    assert file_bytes(tmp_path) == file_bytes(finished)


def test_a_killed_search_is_replayed_and_goes_on(name: str, finished: Path, tmp_path: Path) -> None:
    killed_at = budget_of(name) // 2
    with pytest.raises(Killed):
        run(
            name,
            evaluator_of(name, kill_after=killed_at, batch_size=1),
            tmp_path,
            budget_of(name),
        )
    assert rows(name, tmp_path).num_rows == killed_at
    evaluator = evaluator_of(name)
    result = run(name, evaluator, tmp_path, budget_of(name))
    assert evaluator.calls == budget_of(name) - killed_at
    assert result.evaluations == budget_of(name)
    assert untimed(rows(name, tmp_path)).equals(untimed(rows(name, finished)))


def test_a_larger_budget_continues_and_a_lower_one_returns_its_part(
    name: str, finished: Path, tmp_path: Path
) -> None:
    less = budget_of(name) - 7
    small = run(name, evaluator_of(name), tmp_path, less)
    evaluator = evaluator_of(name)
    run(name, evaluator, tmp_path, budget_of(name))
    assert evaluator.calls == 7
    assert untimed(rows(name, tmp_path)).equals(untimed(rows(name, finished)))
    untouched = evaluator_of(name)
    again = run(name, untouched, tmp_path, less)
    assert untouched.calls == 0
    assert again.evaluations == less
    assert (again.best and again.best.candidates.tolist()) == (
        small.best and small.best.candidates.tolist()
    )


def test_failures_are_counted_and_the_search_goes_on(name: str, tmp_path: Path) -> None:
    evaluator = evaluator_of(name, fails=lambda x: np.sin(40 * x[:, 0]) > 0.3)
    result = run(name, evaluator, tmp_path, budget_of(name))
    assert result.evaluations == budget_of(name)
    status = rows(name, tmp_path).column(tables.STATUS).to_pylist()
    assert result.failed == status.count("failed") > 0


def test_a_space_of_few_candidates_is_no_dead_end(name: str, tmp_path: Path) -> None:
    is_many = all_methods()[name].objectives is Objectives.MANY
    problem, function = few_choices_of_two() if is_many else few_choices()
    budget = Budget(evaluations=budget_of(name))
    evaluator = FunctionEvaluator(function)
    result = search(problem, evaluator, chosen(name), budget, SEED, tmp_path, ticking_clock())
    assert result.evaluations == budget_of(name)


def test_a_budget_of_time_stops_every_method(name: str, tmp_path: Path) -> None:
    problem, function = fitting_problem(name)
    evaluator = FunctionEvaluator(function, batch_size=1)
    budget = Budget(cpu_s=12.0)
    result = search(problem, evaluator, chosen(name), budget, SEED, tmp_path, ticking_clock())
    assert result.cpu_s <= 12.0
    assert 0 < result.evaluations <= evaluator.calls <= result.evaluations + 1
