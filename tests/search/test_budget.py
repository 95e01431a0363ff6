"""Counting: budgets, seeds, and methods with loops of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from support.search_problems import FunctionEvaluator, Killed, sphere, ticking_clock

from theraflow.core.errors import UserError
from theraflow.search import tables
from theraflow.search.budget import Budget, Clock, CountedEvaluator
from theraflow.search.history import read_history
from theraflow.search.methods import baselines
from theraflow.search.methods.method import Method, NoSettings, Objectives, Proposal
from theraflow.search.methods.registry import ChosenMethod, choose
from theraflow.search.run import EndedBy, SearchResult, has_ended, search, search_natively


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "needs a budget"),
        ({"evaluations": 0}, "0 evaluations; give more than 0"),
        ({"cpu_s": -1.0}, "-1 cpu_s"),
        ({"wall_s": float("nan")}, "nan wall_s"),
    ],
)
def test_a_budget_of_nothing_is_refused(limits, message):
    with pytest.raises(UserError, match=message):
        Budget(**limits)


def rows(folder: Path) -> pa.Table:
    return pa.concat_tables(read_history(folder, sphere()[0]))


class Stopwatch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 100.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.wall_s, lambda: self.cpu_s)


def timed_search(folder: Path, budget: Budget, batch_size: int = 1) -> tuple[SearchResult, int]:
    """Search where every evaluation takes 2 s, of which 1 s on this CPU."""
    problem, function = sphere()
    watch = Stopwatch()

    def slow(candidates):
        watch.wall_s += 2.0 * len(candidates)
        watch.cpu_s += len(candidates)
        return function(candidates)

    evaluator = FunctionEvaluator(slow, batch_size)
    result = search(problem, evaluator, choose("random"), budget, 1, folder, watch.clock)
    return result, evaluator.calls


def test_budgets_of_time_end_with_the_last_evaluation_within_them(tmp_path):
    result, calls = timed_search(tmp_path / "wall", Budget(wall_s=11.0))
    assert (result.evaluations, result.wall_s, calls) == (5, 10.0, 6)
    result, _ = timed_search(tmp_path / "cpu", Budget(cpu_s=7.0))
    assert (result.evaluations, result.cpu_s) == (7, 7.0)
    result, _ = timed_search(tmp_path / "both", Budget(evaluations=3, wall_s=11.0))
    assert result.evaluations == 3


def test_what_ends_after_a_budget_of_time_is_recorded_and_serves_a_larger_one(tmp_path):
    timed_search(tmp_path, Budget(wall_s=11.0), batch_size=4)
    assert rows(tmp_path).num_rows == 9
    assert rows(tmp_path).column(tables.WALL_S).to_pylist() == [2.0 * n for n in range(1, 10)]
    result, calls = timed_search(tmp_path, Budget(wall_s=18.0), batch_size=4)
    assert (result.evaluations, calls) == (9, 0)
    result, calls = timed_search(tmp_path, Budget(wall_s=20.0), batch_size=4)
    assert (result.evaluations, result.wall_s) == (10, 20.0)
    result, calls = timed_search(tmp_path, Budget(wall_s=5.0), batch_size=4)
    assert (result.evaluations, calls) == (2, 0)


def test_the_best_is_the_first_feasible_candidate_with_the_lowest_objective(tmp_path):
    problem, function = sphere()
    result = search(
        problem, FunctionEvaluator(function), choose("random"), Budget(evaluations=200), 1, tmp_path
    )
    table = rows(tmp_path).to_pandas()
    best = table.loc[table["objective.f1"].idxmin()]
    assert result.best is not None
    assert result.best.objectives[0, 0] == best["objective.f1"]
    assert result.best.candidates[0].tolist() == best.filter(like="parameter.").tolist()
    nothing = FunctionEvaluator(function, fails=lambda x: np.ones(len(x), bool))
    result = search(
        problem, nothing, choose("random"), Budget(evaluations=9), 1, tmp_path / "failures"
    )
    assert (result.best, result.failed, result.feasible) == (None, 9, 0)


def test_noise_follows_the_seed_and_the_number_of_the_evaluation_alone(tmp_path):
    def values(folder: str, batch_size: int, seed: int) -> np.ndarray:
        problem, function = sphere()
        evaluator = FunctionEvaluator(lambda x: (0 * function(x)[0], function(x)[1]), batch_size)
        evaluator.noise = 1.0
        budget = Budget(evaluations=500)
        search(problem, evaluator, choose("random"), budget, seed, tmp_path / folder)
        return rows(tmp_path / folder).column("objective.f1").to_numpy()

    one, many = values("one", 1, 3), values("many", 50, 3)
    np.testing.assert_array_equal(one, many)
    assert len(np.unique(one)) == 500
    assert abs(one.mean()) < 4 / 500**0.5
    assert not np.isin(values("other", 50, 4), one).any()


def method_of(propose: Callable) -> ChosenMethod:
    """A method of no library, as if it were in the file of the baselines."""
    propose.__module__ = baselines.__name__
    method = Method("made up", "", "numpy", Objectives.ANY, NoSettings, propose)
    return ChosenMethod(method, NoSettings())


def test_a_method_that_leaves_the_space_is_repaired_before_it_is_evaluated(tmp_path):
    def propose(problem, settings, seed, reference):
        yield Proposal(np.full((2, 4), 99.0))

    problem, function = sphere()
    evaluator, chosen = FunctionEvaluator(function), method_of(propose)
    result = search(problem, evaluator, chosen, Budget(evaluations=9), 1, tmp_path)
    assert result.evaluations == 3
    assert evaluator.seen[1].tolist() == [[5.0] * 4] * 2


def test_a_replayed_method_that_proposes_something_else_is_refused(tmp_path):
    start = 0.0

    def propose(problem, settings, seed, reference):
        yield Proposal(np.full((3, 4), start))

    problem, function = sphere()
    chosen = method_of(propose)

    def run(evaluations):
        budget = Budget(evaluations=evaluations)
        return search(problem, FunctionEvaluator(function), chosen, budget, 1, tmp_path)

    run(3)
    start = 1.0
    with pytest.raises(UserError, match="evaluation 2 of the recorded history is not what"):
        run(4)


class NativeLoop:
    """A program that evaluates itself and tells what it did, as COPASI does."""

    def __init__(self, evaluator: FunctionEvaluator, seed: int) -> None:
        self.evaluator = evaluator
        self._draws = np.random.default_rng(seed)

    def __call__(self, counted: CountedEvaluator) -> None:
        while True:
            candidate = self._draws.uniform(-5, 5, (1, 4))
            counted.record(candidate, self.evaluator.evaluate(candidate, np.zeros(1, np.uint64)))


def test_a_native_method_counts_every_row_once_and_keeps_to_its_budget(tmp_path):
    problem, function = sphere()
    method = Method("native", "", "numpy", Objectives.ONE, NoSettings, None)
    chosen = ChosenMethod(method, NoSettings())

    def run(evaluations: int, seed: int, **changes: int) -> SearchResult:
        evaluator = FunctionEvaluator(function, **changes)
        budget = Budget(evaluations=evaluations)
        loop = NativeLoop(evaluator, seed)
        return search_natively(
            problem, evaluator, chosen, budget, 1, tmp_path, loop, ticking_clock()
        )

    with pytest.raises(Killed):
        run(50, seed=1, kill_after=20)
    before = rows(tmp_path)
    assert before.num_rows == 20
    result = run(50, seed=2)
    after = rows(tmp_path)
    assert result.evaluations == after.num_rows == 50
    assert after.slice(0, 20).equals(before)
    assert result.best is not None
    assert result.best.objectives[0, 0] == min(after.column("objective.f1").to_pylist())
    assert after.column("parameter.x1")[0].as_py() == problem.reference[0]
    assert result.ended_by is EndedBy.BUDGET
    assert run(30, seed=3).evaluations == 30
    assert rows(tmp_path).num_rows == 50


def test_a_native_method_that_ended_by_itself_stays_ended(tmp_path):
    problem, function = sphere()
    method = Method("native", "", "numpy", Objectives.ONE, NoSettings, None)
    evaluator = FunctionEvaluator(function)

    def three(counted: CountedEvaluator) -> None:
        candidates = np.arange(12.0).reshape(3, 4) / 12
        counted.record(candidates, evaluator.evaluate(candidates, np.zeros(3, np.uint64)))

    def run(evaluations: int) -> SearchResult:
        budget, chosen = Budget(evaluations=evaluations), ChosenMethod(method, NoSettings())
        return search_natively(
            problem, evaluator, chosen, budget, 1, tmp_path, three, ticking_clock()
        )

    assert not has_ended(tmp_path)
    for budget, spent, ended_by in ((50, 4, "method"), (99, 4, "method"), (2, 2, "budget")):
        result = run(budget)
        assert (result.evaluations, result.ended_by) == (spent, ended_by)
    assert has_ended(tmp_path)
    assert rows(tmp_path).num_rows == 4
