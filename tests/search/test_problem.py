"""Problems, what they refuse, and how evaluations are judged."""

from dataclasses import replace

import numpy as np
import pytest
from support.search_problems import box, mixed_integers, problem_of, sphere

from theraflow.core.errors import UserError
from theraflow.search.evaluator import Evaluations, Outcomes, Status, judge
from theraflow.search.methods.method import Merit
from theraflow.search.problem import Constraint, Objective, Space, Term, Variable


def test_the_id_follows_the_content_and_not_the_name():
    problem, _ = mixed_integers()
    assert replace(problem, name="another").id == problem.id
    others = [
        replace(problem, content={"patient": 2}),
        replace(problem, reference=(5.0, 8.0, 7.0)),
        replace(problem, constraints=(Constraint("least", "mg", 1e-3),)),
        replace(problem, space=Space((Variable("x1", "g", 0, 5), *problem.space.variables[1:]))),
        replace(problem, objectives=(Objective("J", "", {"f1": 2.0}),)),
    ]
    assert len({problem.id, *(other.id for other in others)}) == 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Variable("dose", "mg", 2, 2), "variable dose: no choice between 2 and 2"),
        (lambda: Variable("dose", "mg", 0, np.inf), "variable dose: bounds must be finite"),
        (lambda: Variable("weeks", "", 0.5, 2, "integer"), "bounds of an integer must be integers"),
        (lambda: Space(()), "at least one variable"),
        (lambda: Space(box(1) * 2), "variable x1 is there twice"),
        (lambda: Constraint("g", "", -1.0), "constraint g: the tolerance must be 0 or more"),
        (lambda: problem_of("p", box(1), (6.0,)), "x1 = 6, outside of -5 to 5"),
        (lambda: problem_of("p", box(1), (1.0, 2.0)), "2 numbers for 1 variables"),
        (
            lambda: replace(sphere()[0], objectives=(Objective("J", "", {"size": 1.0}),)),
            "objective J weighs size, which is none of its terms",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_line(make, message):
    with pytest.raises(UserError, match=message) as refusal:
        make()
    assert "\n" not in str(refusal.value)


def test_repair_rounds_integers_and_keeps_to_the_bounds():
    space = mixed_integers()[0].space
    repaired = space.repair(np.array([[-1.0, 2.6, 9.7], [-0.0, 1.2, 8.0]]))
    assert repaired.tolist() == [[0.0, 3.0, 8.0], [0.0, 1.0, 8.0]]
    assert not np.signbit(repaired).any()
    assert space.contains(repaired).all()
    assert not space.contains(np.array([[1.0, 2.5, 3.0]])).any()
    with pytest.raises(ValueError, match="not finite"):
        space.repair(np.array([[np.nan, 1.0, 1.0]]))


def test_every_integer_has_an_equal_share_of_the_unit_cube():
    space = Space((Variable("n", "", -1, 2, "integer"),))
    points = np.linspace(0, 1, 4001)[:, None]
    values, counts = np.unique(space.from_unit(points), return_counts=True)
    assert values.tolist() == [-1, 0, 1, 2]
    assert np.abs(counts - 1000).max() <= 1


def judged(terms, constraints, status) -> Outcomes:
    problem = replace(
        problem_of("p", box(2), (0.0, 0.0), 2, (Constraint("a", "mg", 1.0, 10.0),)),
        objectives=(Objective("J", "", {"f1": 0.9, "f2": 0.1}),),
    )
    n = len(terms)
    return judge(
        problem,
        np.zeros((n, 2)),
        Evaluations(np.array(terms), np.array(constraints), np.array(status, np.int8)),
    )


def test_judging_weighs_terms_and_tolerates_what_the_constraint_does():
    outcomes = judged(
        [[10.0, 20.0], [1.0, 1.0], [1.0, np.nan], [3.0, 3.0]],
        [[1.0], [5.0], [0.0], [0.0]],
        [Status.OK, Status.OK, Status.OK, Status.TIMED_OUT],
    )
    np.testing.assert_allclose(outcomes.objectives[:, 0], [11.0, 1.0, np.nan, np.nan])
    assert outcomes.violation.tolist() == [0.0, 0.5, np.inf, np.inf]
    assert outcomes.is_feasible.tolist() == [True, False, False, False]
    assert outcomes.status.tolist() == [0, 0, Status.NOT_FINITE, Status.TIMED_OUT]


def test_merit_follows_debs_rules():
    outcomes = judged(
        [[9.0, 9.0], [8.0, 8.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        [[0.0], [0.0], [1.001], [50.0], [0.0]],
        [Status.OK] * 4 + [Status.FAILED],
    )
    order = np.argsort(Merit(outcomes[:1])(outcomes))
    assert order.tolist() == [1, 0, 2, 3, 4]
    assert Merit(outcomes[:1])(outcomes)[1] == pytest.approx(8.0)


def test_shapes_that_do_not_fit_are_a_fault_of_the_evaluator():
    with pytest.raises(ValueError, match="shapes"):
        judged([[1.0, 2.0]], [[1.0, 2.0]], [0])


def test_an_objective_may_be_one_term():
    assert Objective.of(Term("size", "mm")) == Objective("size", "mm", {"size": 1.0})
