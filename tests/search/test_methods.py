"""What methods find: known optima, under constraints, with integers, and on a known front."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import dual_annealing
from support.search_problems import (
    G06_MINIMUM,
    ZDT1_HYPERVOLUME,
    FunctionEvaluator,
    g06,
    mixed_integers,
    rosenbrock,
    rotated_ellipsoid,
    sphere,
    zdt1,
)

from theraflow.core.errors import UserError
from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.history import read_history
from theraflow.search.methods.registry import choose
from theraflow.search.methods.start import start_point
from theraflow.search.run import SearchResult, search


def found(make, name: str, evaluations: int, folder: Path, seed: int = 3, **settings) -> float:
    result = run(make, name, evaluations, folder, seed, **settings)
    assert result.best is not None
    return float(result.best.objectives[0, 0])


def run(make, name: str, evaluations: int, folder: Path, seed: int = 3, **settings) -> SearchResult:
    problem, function = make()
    evaluator = FunctionEvaluator(function, batch_size=1000)
    budget = Budget(evaluations=evaluations)
    folder = folder / f"{name} {seed}"
    return search(problem, evaluator, choose(name, settings), budget, seed, folder)


# Method, evaluations, and the distance from the minimum of a sphere that they suffice for; 1000
# candidates drawn at random come to 1.
SPHERE = [
    ("nelder-mead", 1000, 1e-9),
    ("dual-annealing", 1000, 1e-9),
    ("scipy-de", 2000, 1e-4),
    ("cma-es", 1000, 1e-6),
    ("ga", 2000, 1e-2),
    ("de", 2000, 1e-2),
    ("pso", 2000, 1e-4),
    ("tpe", 120, 0.3),
    ("gp", 30, 0.1),
    ("multistart-gradient", 200, 1e-6),
]


@pytest.mark.parametrize(("name", "evaluations", "distance"), SPHERE)
def test_the_minimum_of_a_sphere_is_found(name, evaluations, distance, tmp_path):
    assert found(sphere, name, evaluations, tmp_path) < distance
    assert found(sphere, "random", evaluations, tmp_path) > distance


@pytest.mark.parametrize("name", ["nelder-mead", "dual-annealing", "cma-es", "multistart-gradient"])
def test_a_bent_valley_is_followed_to_its_end(name, tmp_path):
    # One start in eight is slow, and which one hangs on the last bits that a processor rounds.
    assert np.median([found(rosenbrock, name, 3000, tmp_path, seed) for seed in (1, 2, 3)]) < 0.1
    assert found(rosenbrock, "random", 3000, tmp_path) > 10


def test_cma_es_learns_the_axes_of_a_rotated_ellipsoid_and_random_draws_do_not(tmp_path):
    adapted = [found(rotated_ellipsoid, "cma-es", 3000, tmp_path, seed) for seed in (1, 2)]
    drawn = [found(rotated_ellipsoid, "random", 3000, tmp_path, seed) for seed in (1, 2)]
    assert max(adapted) < 1e-3
    assert min(drawn) > 1e3


@pytest.mark.parametrize(
    ("name", "gap"),
    [
        ("cma-es", 1.0),
        ("scipy-de", 10.0),
        ("nelder-mead", 10.0),
        ("de", 300.0),
        ("multistart-gradient", 1.0),
    ],
)
def test_a_minimum_in_the_corner_of_a_feasible_sliver_is_found(name, gap, tmp_path):
    best = found(g06, name, 3000, tmp_path)
    assert G06_MINIMUM <= best < G06_MINIMUM + gap
    assert found(g06, "random", 3000, tmp_path) > G06_MINIMUM + 1000


@pytest.mark.parametrize(
    "name",
    [
        "cma-es",
        "de",
        "dual-annealing",
        "ga",
        "gp",
        "multistart-gradient",
        "nelder-mead",
        "pso",
        "scipy-de",
        "tpe",
    ],
)
def test_integers_and_a_constraint_together(name, tmp_path):
    evaluations = {"gp": 22, "tpe": 150}.get(name, 1500)
    result = run(mixed_integers, name, evaluations, tmp_path)
    assert result.best is not None
    assert result.best.objectives[0, 0] == pytest.approx(0.25, abs=0.01)
    assert result.best.candidates[0, 1:].tolist() == [3, 4]


@pytest.mark.parametrize("name", ["tpe", "gp"])
def test_bayesian_methods_learn_where_candidates_are_feasible(name, tmp_path):
    share = {
        method: (result := run(g06_of_wide_sliver, method, 24, tmp_path)).feasible
        / result.evaluations
        for method in (name, "random")
    }
    assert share[name] > 2 * share["random"]


def g06_of_wide_sliver():
    """The sliver of g06, made wide enough that some random draws fall into it."""
    problem, function = g06()

    def widened(x):
        value, constraints = function(x)
        return value, constraints - 1500

    return problem, widened


def test_dual_annealing_is_scipys_own_with_the_neighbours_of_a_gradient_together(tmp_path):
    (problem, function), seed = rosenbrock(), 3
    evaluator = FunctionEvaluator(function)
    chosen, budget = choose("dual-annealing", {}), Budget(evaluations=500)
    search(problem, evaluator, chosen, budget, seed, tmp_path)
    assert {len(candidates) for candidates in evaluator.seen} == {1, problem.space.dimension}

    generator, one_by_one = np.random.default_rng(seed), []
    start = start_point(problem, generator, restart=0)

    def objective(unit):
        candidates = problem.space.from_unit(unit[None])
        one_by_one.append(candidates[0])
        return function(candidates)[0][0, 0]

    dual_annealing(
        objective,
        [(0.0, 1.0)] * problem.space.dimension,
        maxfun=500,
        x0=problem.space.to_unit(start[None])[0],
        rng=generator,
    )
    seen = np.vstack(evaluator.seen)
    np.testing.assert_allclose(seen, one_by_one[: len(seen)], rtol=0, atol=1e-12)


def test_methods_start_anew_where_they_converge(tmp_path):
    problem, _ = sphere(2)
    for name, evaluations in (("nelder-mead", 2000), ("cma-es", 4000), ("scipy-de", 8000)):
        run(lambda: sphere(2), name, evaluations, tmp_path)
        table = pa.concat_tables(read_history(tmp_path / f"{name} 3", problem))
        restarts = table.column(tables.RESTART).to_numpy()
        assert restarts[-1] >= 1
        assert set(np.diff(restarts)) == {0, 1}
        first = np.flatnonzero(np.diff(restarts))[0] + 1
        assert table.column("objective.f1")[first].as_py() > 1e-3


def test_populations_of_cma_es_grow_at_every_new_start(tmp_path):
    problem, _ = sphere(2)
    run(lambda: sphere(2), "cma-es", 6000, tmp_path, population=6, growth=3)
    table = pa.concat_tables(read_history(tmp_path / "cma-es 3", problem)).to_pandas()
    # Without the first row, the reference, and the last start, which the budget may have cut.
    evaluations = table.iloc[1:].groupby(tables.RESTART).size().iloc[:-1]
    assert len(evaluations) >= 2
    assert (evaluations % [6 * 3**restart for restart in evaluations.index] == 0).all()


def test_nsga2_finds_the_front_of_zdt1(tmp_path):
    import moocore

    problem, _ = zdt1()
    volumes = {}
    for name in ("nsga2", "random"):
        run(zdt1, name, 3000, tmp_path)
        table = pa.concat_tables(read_history(tmp_path / f"{name} 3", problem)).to_pandas()
        points = table[["objective.f1", "objective.f2"]].to_numpy()
        volumes[name] = moocore.hypervolume(points[(points <= 1.1).all(axis=1)], ref=[1.1, 1.1])
    assert 0.97 * ZDT1_HYPERVOLUME < volumes["nsga2"] < ZDT1_HYPERVOLUME
    assert volumes["random"] < 0.5 * ZDT1_HYPERVOLUME


def test_methods_that_do_not_fit_the_objectives_are_refused_with_others(tmp_path):
    with pytest.raises(UserError, match="cma-es minimises one objective, and problem zdt1 has 2"):
        run(zdt1, "cma-es", 10, tmp_path)
    with pytest.raises(UserError, match="nsga2 minimises two objectives or more, and problem"):
        run(sphere, "nsga2", 10, tmp_path)
    with pytest.raises(UserError, match="cma-es needs two variables or more"):
        run(lambda: sphere(1), "cma-es", 10, tmp_path)


def test_settings_out_of_range_are_refused():
    for name, settings, message in (
        ("cma-es", {"sigma": 1}, "cma-es has no setting sigma; there are population, initial_step"),
        ("cma-es", {"initial_stp": 1}, "did you mean initial_step"),
        ("cma-es", {"initial_step": -1}, "setting initial_step: Input should be greater than 0"),
        ("scipy-de", {"strategy": "best"}, "setting strategy: Input should be 'best1bin'"),
    ):
        with pytest.raises(UserError, match=message):
            choose(name, settings)


def test_a_method_writes_nothing_beside_its_history(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(g06, "cma-es", 100, tmp_path / "histories")
    assert [path.name for path in tmp_path.iterdir()] == ["histories"]
