"""Fronts: dominance, hypervolume and attainment by hand, and fronts of histories."""

import numpy as np
import pytest
from support.search_problems import ZDT1_HYPERVOLUME, FunctionEvaluator, zdt1

from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.comparison.pareto import (
    attainment,
    dominates,
    front_of,
    hypervolume,
    hypervolumes,
    non_dominated,
    share_attaining,
)
from theraflow.search.methods.registry import choose
from theraflow.search.run import search

STAIRS = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])


def test_points_are_dominated_by_what_is_no_worse_in_anything_and_better_in_something():
    points = np.vstack([STAIRS, [[2.0, 2.0], [2.0, 2.5], [0.5, 9.0], [3.0, 3.0]]])
    assert non_dominated(points).tolist() == [True, True, True, False, False, True, False]
    assert non_dominated(np.empty((0, 2))).tolist() == []
    goal = np.array([2.0, 2.5])
    assert dominates(points, goal).tolist() == [False, True, False, True, False, False, False]


def test_non_dominated_points_are_those_of_the_definition():
    points = np.random.default_rng(1).integers(0, 12, (300, 3)).astype(float)
    unique = np.unique(points, axis=0)
    by_definition = [not dominates(unique, point).any() for point in unique]
    np.testing.assert_array_equal(non_dominated(unique), by_definition)
    assert 1 < sum(by_definition) < 100


def test_the_hypervolume_is_the_area_under_the_stairs():
    worst = np.array([4.0, 4.0])
    # By columns from the left: (4 - 3) + (4 - 2) + (4 - 1).
    assert hypervolume(STAIRS, worst) == pytest.approx(1 + 2 + 3)
    assert hypervolume(np.vstack([STAIRS, [[0.0, 5.0]]]), worst) == pytest.approx(6)
    assert hypervolume(STAIRS + 3, worst) == 0.0


def test_attainment_is_the_share_of_searches_that_get_there():
    fronts = [np.array([[1.0, 2.0]]), np.array([[2.0, 1.0]]), np.array([[2.0, 2.0]])]
    table = attainment(fronts, [1 / 3, 2 / 3, 1])
    corners = {
        share: table[np.isclose(table[:, 2], share), :2].tolist() for share in (1 / 3, 2 / 3, 1)
    }
    assert sorted(corners[1 / 3]) == [[1.0, 2.0], [2.0, 1.0]]
    assert corners[2 / 3] == corners[1] == [[2.0, 2.0]]
    np.testing.assert_array_equal(attainment(fronts, [0.5, 1]), [[2.0, 2.0, 0.5], [2.0, 2.0, 1.0]])
    assert share_attaining(fronts, np.array([1.5, 2.0])) == pytest.approx(1 / 3)
    assert share_attaining(fronts, np.array([2.0, 2.0])) == 1.0
    assert share_attaining(fronts, np.array([0.5, 9.0])) == 0.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two searches for the front of ZDT1."""
    problem, function = zdt1()
    folders = []
    for seed in (1, 2):
        folders.append(tmp_path_factory.mktemp("nsga2"))
        evaluator, budget = FunctionEvaluator(function, batch_size=50), Budget(evaluations=2000)
        search(problem, evaluator, choose("nsga2"), budget, seed, folders[-1])
    return folders


def test_fronts_of_histories_merge_and_near_the_known_front(folders):
    problem, _ = zdt1()
    columns = ["objective.f1", "objective.f2"]
    front = front_of(folders, problem)
    points = front.select(columns).to_pandas().to_numpy()
    assert front.schema.equals(tables.history_schema(problem))
    assert non_dominated(points).all()
    assert (np.diff(points[:, 0]) > 0).all()
    assert (np.diff(points[:, 1]) < 0).all()
    above = points[:, 1] - (1 - np.sqrt(points[:, 0]))
    assert (above > -1e-12).all()
    assert np.median(above) < 0.05
    worst = np.array([1.1, 1.1])
    single = [
        hypervolume(front_of([each], problem).select(columns).to_pandas().to_numpy(), worst)
        for each in folders
    ]
    assert max(single) <= hypervolume(points, worst) < ZDT1_HYPERVOLUME
    assert set(front.column(tables.SEED).to_pylist()) == {1, 2}


def test_a_front_of_terms_is_seen_in_the_history_of_anything(folders):
    problem, _ = zdt1()
    by_terms = front_of(folders, problem, ["term.f1", "term.f2"])
    assert by_terms.num_rows == front_of(folders, problem).num_rows
    assert front_of(folders, problem, ["term.f1"]).num_rows == 1


def test_the_hypervolume_grows_with_the_evaluations_to_that_of_the_front(folders, monkeypatch):
    problem, _ = zdt1()
    ideal, worst = np.array([0.0, 0.0]), np.array([1.1, 1.1])
    table = hypervolumes(folders[0], problem, ideal, worst, [1, 100, 777, 2000])
    volumes = table[tables.HYPERVOLUME].to_numpy()
    assert table[tables.EVALUATION].tolist() == [1, 100, 777, 2000]
    assert (np.diff(volumes) > 0).all()
    front = front_of(folders[:1], problem).select(["objective.f1", "objective.f2"])
    expected = hypervolume(front.to_pandas().to_numpy(), worst) / 1.1**2
    assert volumes[-1] == pytest.approx(expected)
    assert tables.as_table(table, tables.HYPERVOLUMES).num_rows == 4
