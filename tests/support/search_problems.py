"""Problems of optimisation whose answers are known, and an evaluator that counts its calls."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from theraflow.search.budget import Clock
from theraflow.search.evaluator import Evaluations, Seeds, Status
from theraflow.search.problem import Constraint, Objective, Problem, Space, Term, Values, Variable

Function = Callable[[Values], tuple[Values, Values]]


class Killed(BaseException):
    """Stands for a process that ends in the middle of an evaluation."""


@dataclass
class FunctionEvaluator:
    """Evaluates by a function of candidates (n, d) -> terms (n, t), constraints (n, c)."""

    function: Function
    batch_size: int = 16
    noise: float = 0.0
    fails: Callable[[Values], np.ndarray] = lambda candidates: np.zeros(len(candidates), bool)
    kill_after: int | None = None
    fingerprint: str = "function"
    name: str = "function"
    fidelity: str = "exact"
    calls: int = 0
    seen: list[Values] = field(default_factory=list)

    @property
    def is_stochastic(self) -> bool:
        return self.noise > 0

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        if self.kill_after is not None and self.calls + len(candidates) > self.kill_after:
            raise Killed
        assert len(candidates) <= self.batch_size
        # No method may depend on what evaluators draw from generators of the whole process.
        np.random.random(), random.random()  # noqa: NPY002
        self.calls += len(candidates)
        self.seen.append(candidates.copy())
        terms, constraints = self.function(candidates)
        if self.is_stochastic:
            draws = [np.random.default_rng(int(seed)).normal(size=terms.shape[1]) for seed in seeds]
            terms = terms + self.noise * np.array(draws)
        status = np.where(self.fails(candidates), Status.FAILED, Status.OK).astype(np.int8)
        return Evaluations(terms, constraints, status)


def ticking_clock() -> Clock:
    """A clock that shows another second at each look: equal searches have equal times."""
    wall, cpu = count(), count()
    return Clock(lambda: float(next(wall)), lambda: float(next(cpu)))


def problem_of(
    name: str,
    variables: tuple[Variable, ...],
    reference: tuple[float, ...],
    terms: int = 1,
    constraints: tuple[Constraint, ...] = (),
) -> Problem:
    named = tuple(Term(f"f{index + 1}", "") for index in range(terms))
    objectives = tuple(Objective.of(term) for term in named)
    return Problem(
        name, {"function": name}, Space(variables), named, objectives, reference, constraints
    )


def box(dimension: int, lower: float = -5.0, upper: float = 5.0) -> tuple[Variable, ...]:
    return tuple(Variable(f"x{index + 1}", "", lower, upper) for index in range(dimension))


def unconstrained(candidates: Values) -> Values:
    return np.empty((len(candidates), 0))


def sphere(dimension: int = 4) -> tuple[Problem, Function]:
    """Minimum 0 at (1, ..., 1)."""
    problem = problem_of("sphere", box(dimension), (3.0,) * dimension)
    return problem, lambda x: (((x - 1) ** 2).sum(axis=1, keepdims=True), unconstrained(x))


def rosenbrock(dimension: int = 4) -> tuple[Problem, Function]:
    """Minimum 0 at (1, ..., 1), at the end of a bent valley (Rosenbrock 1960)."""

    def function(x: Values) -> tuple[Values, Values]:
        steps = 100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2
        return steps.sum(axis=1, keepdims=True), unconstrained(x)

    return problem_of("rosenbrock", box(dimension), (-2.0,) * dimension), function


def rotated_ellipsoid(dimension: int = 8) -> tuple[Problem, Function]:
    """Minimum 0 at (1, ..., 1); axes of lengths 1 to 1000, in directions of no variable."""
    directions = np.linalg.qr(np.random.default_rng(7).normal(size=(dimension, dimension)))[0]
    scales = 10.0 ** (6 * np.arange(dimension) / (dimension - 1))

    def function(x: Values) -> tuple[Values, Values]:
        return (((x - 1) @ directions) ** 2 * scales).sum(axis=1, keepdims=True), unconstrained(x)

    return problem_of("rotated ellipsoid", box(dimension), (-3.0,) * dimension), function


G06_MINIMUM = -6961.81387558015


def g06() -> tuple[Problem, Function]:
    """Problem g06 of the CEC 2006 suite: a sliver of feasible space, minimum at its corner."""

    def function(x: Values) -> tuple[Values, Values]:
        first, second = x[:, 0], x[:, 1]
        value = (first - 10) ** 3 + (second - 20) ** 3
        outside = -((first - 5) ** 2) - (second - 5) ** 2 + 100
        inside = (first - 6) ** 2 + (second - 5) ** 2 - 82.81
        return value[:, None], np.column_stack([outside, inside])

    variables = (Variable("x1", "", 13, 100), Variable("x2", "", 0, 100))
    constraints = (Constraint("outside", "", 0.0, 100.0), Constraint("inside", "", 0.0, 100.0))
    return problem_of("g06", variables, (14.8, 3.0), constraints=constraints), function


def mixed_integers() -> tuple[Problem, Function]:
    """Minimum 0.25 at (2.5, 3, 4), with x1 + x2 + x3 >= 9 a constraint that does not bind.

    The integers' own minimum, 3.5 between two of them, lies at 3 and at 4.
    """

    def function(x: Values) -> tuple[Values, Values]:
        value = (x[:, 0] - 2.5) ** 2 + (x[:, 1] - 3) ** 2 + (x[:, 2] - 3.5) ** 2
        return value[:, None], (9 - x.sum(axis=1))[:, None]

    variables = (
        Variable("x1", "mg", 0, 5),
        Variable("x2", "weeks", 1, 8, "integer"),
        Variable("x3", "weeks", 1, 8, "integer"),
    )
    constraints = (Constraint("least", "mg", 1e-6),)
    return problem_of("mixed", variables, (4.7, 7.0, 8.0), constraints=constraints), function


def few_choices() -> tuple[Problem, Function]:
    """Nine candidates in all, minimum 0 at (2, 3)."""
    variables = (Variable("x1", "", 1, 3, "integer"), Variable("x2", "", 1, 3, "integer"))
    problem = problem_of("few choices", variables, (1.0, 1.0))
    return problem, lambda x: (((x - [2, 3]) ** 2).sum(axis=1, keepdims=True), unconstrained(x))


def few_choices_of_two() -> tuple[Problem, Function]:
    """Nine candidates in all, two objectives."""
    variables = few_choices()[0].space.variables
    return problem_of("few choices of two", variables, (1.0, 1.0), terms=2), lambda x: (
        np.column_stack([x[:, 0], 4 - x[:, 1]]),
        unconstrained(x),
    )


# Deb's area under f2 = 1 - sqrt(f1) on 0..1 is 1/3: of the square up to (1.1, 1.1) the front
# dominates 1.21 - 1/3.
ZDT1_HYPERVOLUME = 1.1**2 - 1 / 3


def zdt1(dimension: int = 6) -> tuple[Problem, Function]:
    """Two objectives, front f2 = 1 - sqrt(f1) (Zitzler, Deb and Thiele 2000)."""

    def function(x: Values) -> tuple[Values, Values]:
        g = 1 + 9 * x[:, 1:].mean(axis=1)
        return np.column_stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))]), unconstrained(x)

    return problem_of("zdt1", box(dimension, 0, 1), (0.5,) * dimension, terms=2), function
