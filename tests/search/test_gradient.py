"""The gradient search: known optima among many basins, constraints of every kind, its cycles."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from support.search_problems import (
    Function,
    FunctionEvaluator,
    box,
    few_choices,
    problem_of,
    rosenbrock,
    sphere,
    unconstrained,
)

from theraflow.core.errors import UserError
from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.history import read_history
from theraflow.search.methods.registry import choose
from theraflow.search.problem import Constraint, Problem, Values, Variable
from theraflow.search.run import SearchResult, search

NAME = "multistart-gradient"


def run(
    posed: tuple[Problem, Function], evaluations: int, folder: Path, **settings: object
) -> SearchResult:
    problem, function = posed
    evaluator = FunctionEvaluator(function, batch_size=1000)
    budget = Budget(evaluations=evaluations)
    return search(problem, evaluator, choose(NAME, settings), budget, 3, folder)


def rows(posed: tuple[Problem, Function], folder: Path) -> pd.DataFrame:
    return pa.concat_tables(read_history(folder, posed[0])).to_pandas()


def courses() -> tuple[Problem, Function]:
    """Two doses and a period: a basin at either end of both doses, another optimum for each period.

    Both doses together are limited to 8 over the period.
    """

    def function(x: Values) -> tuple[Values, Values]:
        first, second, period = x.T
        basins = (first**2 - 9) ** 2 / 81 + (second**2 - 4) ** 2 / 16 - first / 10 - second / 10
        value = basins + (period - 4.4) ** 2 / 20
        return value[:, None], (period * (first + second) - 8)[:, None]

    variables = (*box(2), Variable("period", "weeks", 1, 6, "integer"))
    constraints = (Constraint("total", "mg", 0.0, 8.0),)
    return problem_of("courses", variables, (-4.0, -4.0, 6.0), constraints=constraints), function


def minimum_on_a_grid(posed: tuple[Problem, Function]) -> float:
    """The least objective of a grid, refined around its best points."""
    _, function = posed
    best = np.inf
    for period in range(1, 7):
        centres, width = [np.zeros(2)], 5.0
        for _ in range(7):
            offsets = np.array(list(product(np.linspace(-width, width, 41), repeat=2)))
            points = np.clip(np.concatenate([centre + offsets for centre in centres]), -5, 5)
            values, constraints = function(np.column_stack([points, np.full(len(points), period)]))
            values = np.where(constraints[:, 0] <= 0, values[:, 0], np.inf)
            order = np.argsort(values)[:5]
            centres, width, best = list(points[order]), width / 10, min(best, values[order[0]])
    return best


def test_the_optimum_of_many_basins_under_a_constraint_is_found(tmp_path: Path) -> None:
    result = run(courses(), 4000, tmp_path, random_starts=4)
    assert result.best is not None
    expected = minimum_on_a_grid(courses())
    assert abs(result.best.objectives[0, 0] - expected) < 1e-4
    # The basin of the reference holds nothing as good.
    assert result.best.candidates[0, :2].max() > 0


def test_an_active_linear_constraint_of_a_convex_problem_is_met(tmp_path: Path) -> None:
    """Minimum of the distance from (2, 2, 2, 2) with a sum of 4 or less: 4, at (1, 1, 1, 1)."""

    def function(x: Values) -> tuple[Values, Values]:
        return ((x - 2) ** 2).sum(axis=1, keepdims=True), (x.sum(axis=1) - 4)[:, None]

    problem = problem_of(
        "convex", box(4), (0.5, -3.0, 4.0, 1.0), constraints=(Constraint("sum", ""),)
    )
    result = run((problem, function), 400, tmp_path)
    assert result.best is not None
    assert 4 <= result.best.objectives[0, 0] < 4 + 1e-5
    np.testing.assert_allclose(result.best.candidates[0], 1, atol=2e-3)


def test_the_largest_of_many_limits_is_met_in_all_of_them(tmp_path: Path) -> None:
    """Each of twelve doses is wanted up to its own limit, and only the worst excess is told."""
    dimension = 12
    limits = np.linspace(-1, 1, dimension)

    def function(x: Values) -> tuple[Values, Values]:
        return ((x - 4) ** 2).sum(axis=1, keepdims=True), (x - limits).max(axis=1, keepdims=True)

    problem = problem_of(
        "largest", box(dimension), (3.0,) * dimension, constraints=(Constraint("worst", ""),)
    )
    result = run((problem, function), 2500, tmp_path)
    assert result.best is not None
    np.testing.assert_allclose(result.best.candidates[0], limits, atol=1e-4)


def test_candidates_that_fail_do_not_end_a_descent(tmp_path: Path) -> None:
    problem, function = rosenbrock()
    evaluator = FunctionEvaluator(
        function, batch_size=1000, fails=lambda x: np.sin(1e5 * x[:, 0]) > 0.9
    )
    budget = Budget(evaluations=3000)
    result = search(problem, evaluator, choose(NAME), budget, 3, tmp_path)
    assert result.failed > 100
    assert result.best is not None
    assert result.best.objectives[0, 0] < 0.1


def test_variables_that_change_nothing_have_no_neighbours(tmp_path: Path) -> None:
    """With the switch off, nine of ten variables count for nothing."""

    def function(x: Values) -> tuple[Values, Values]:
        distance = (x[:, :10] - 1) ** 2
        value = distance[:, 0] + x[:, 10] * distance[:, 1:].sum(axis=1)
        return value[:, None], unconstrained(x)

    variables = (*box(10), Variable("switch", "", 0, 1, "integer"))
    posed = problem_of("switch", variables, (3.0,) * 10 + (1.0,)), function
    run(posed, 700, tmp_path)
    table = rows(posed, tmp_path)
    values = {
        switch: table.loc[table["parameter.switch"] == switch, ["parameter.x1", "parameter.x5"]]
        for switch in (0.0, 1.0)
    }
    shares = {
        switch: len(set(each["parameter.x5"])) / len(set(each["parameter.x1"]))
        for switch, each in values.items()
    }
    assert shares[0.0] < 0.5 < shares[1.0]


def test_every_combination_is_searched_and_new_cycles_start_elsewhere(tmp_path: Path) -> None:
    run(courses(), 6000, tmp_path)
    table = rows(courses(), tmp_path)
    restarts = table[tables.RESTART]
    assert restarts.iloc[-1] >= 1
    assert set(np.diff(restarts)) == {0, 1}
    periods = table["parameter.period"]
    assert set(periods[restarts == 0]) == {1, 2, 3, 4, 5, 6}
    starts = [
        set(map(tuple, table.loc[restarts == cycle, ["parameter.x1", "parameter.x2"]].to_numpy()))
        for cycle in (0, 1)
    ]
    assert len(starts[1] - starts[0]) > 0.9 * len(starts[1])


def test_without_continuous_variables_all_candidates_are_enumerated(tmp_path: Path) -> None:
    result = run(few_choices(), 9, tmp_path)
    assert result.best is not None
    assert result.best.objectives[0, 0] == 0
    candidates = rows(few_choices(), tmp_path)[["parameter.x1", "parameter.x2"]]
    assert len(candidates.drop_duplicates()) == 9


def test_too_many_combinations_are_refused_with_a_remedy(tmp_path: Path) -> None:
    variables = tuple(Variable(f"n{index}", "", 1, 11, "integer") for index in range(3))
    problem = problem_of("many", variables, (1.0,) * 3)
    with pytest.raises(
        UserError, match="1331 are more than 1000; choose another method, or narrow"
    ):
        run((problem, sphere(3)[1]), 10, tmp_path)
