"""Gradient search over the continuous variables, for each combination of the integers.

Its result is the optimum that others are measured against. All descents go on side by side, each
stopped where it wants to look at a point and its neighbours; the best ones go on for longer.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from itertools import count, product
from math import ceil, prod
from typing import Annotated, Any, Final

import numpy as np
from pydantic import Field

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.core.errors import UserError
from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.aside import called_aside
from theraflow.search.methods.method import Merit, Method, Objectives, Proposal, Proposals
from theraflow.search.problem import Flags, Problem, Values

# SciPy ends a descent where it converges; a limit on its length must not.
_ENDLESS: Final = 2**31 - 1
_MOST_COMBINATIONS: Final = 1000
_SMALLEST_STEP: Final = 1e-7
_STEP_OF_POLISHING: Final = 0.1
# Of a point that cannot be evaluated, in sizes of the reference's objective.
_FAILURE: Final = 1e3
_ROUNDING: Final = 1e-9
_CUTS_OF_A_VARIABLE: Final = 2

Share = Annotated[float, Field(ge=0, le=1)]


class GradientSettings(Section):
    """Settings of the gradient search from many starts."""

    scales: tuple[Share, ...] = setting(
        "starts at the reference, its distances from the lower bounds times these",
        default=(1.0, 0.1),
    )
    random_starts: WholeNumber = setting(
        "further starts, of a Sobol sequence, for each combination of the integers", default=1, ge=1
    )
    first_looks: WholeNumber = setting(
        "points with their neighbours that every descent looks at in the first round; twice as "
        "many in each further round",
        default=2,
        ge=1,
    )
    kept_share: float = setting(
        "share of the descents that go on after a round", default=0.25, gt=0, lt=1
    )
    finalists: WholeNumber = setting("descents that go on until they converge", default=4, ge=1)
    difference_step: float = setting(
        "distance of neighbours, as a share of the range of each variable",
        default=1e-3,
        ge=_SMALLEST_STEP,
        le=0.1,
    )
    tolerance: float = setting(
        "gain, in multiples of the reference's objective, at which a descent has converged",
        default=1e-8,
        gt=0,
        lt=1,
    )
    margin: float = setting(
        "distance that is kept from constraints, in multiples of their scales",
        default=1e-7,
        ge=0,
        lt=1,
    )


def _gradient(
    problem: Problem, settings: GradientSettings, seed: int, reference: Outcomes
) -> Proposals:
    merit, combinations = Merit(reference), _combinations(problem)
    best: _Descent | None = None
    for cycle in count():
        starts = _starts(problem, settings, seed, cycle, best)
        descents = [
            _Descent(problem, settings, merit, reference, _joined(problem, combination, start))
            for combination in combinations
            for start in starts
        ]
        looks = settings.first_looks
        while len(descents) > settings.finalists:
            yield from _advance(descents, looks, cycle)
            looks *= 2
            kept = max(settings.finalists, ceil(settings.kept_share * len(descents)))
            descents = sorted(descents, key=lambda descent: descent.best_merit)[:kept]
        yield from _advance(descents, _ENDLESS, cycle)
        best = min([*descents, best or descents[0]], key=lambda descent: descent.best_merit)


def _combinations(problem: Problem) -> list[Values]:
    """Return all values of the integers, those of the reference first."""
    variables = [variable for variable in problem.space.variables if variable.is_integer]
    number = prod(int(variable.upper - variable.lower) + 1 for variable in variables)
    if number > _MOST_COMBINATIONS:
        raise UserError(
            f"problem {problem.name}: search method multistart-gradient descends for each "
            f"combination of the integers, and {number} are more than {_MOST_COMBINATIONS}; "
            "choose another method, or narrow the bounds of the integers"
        )
    choices = [np.arange(variable.lower, variable.upper + 1) for variable in variables]
    combinations = [np.array(values, np.float64) for values in product(*choices)]
    first = problem.reference_candidate[0, problem.space.is_integer]
    return sorted(combinations, key=lambda values: not np.array_equal(values, first))


def _starts(
    problem: Problem, settings: GradientSettings, seed: int, cycle: int, best: "_Descent | None"
) -> list[Values]:
    """Return where to start, in the continuous variables: known points, then random ones."""
    from scipy.stats import qmc

    continuous = ~problem.space.is_integer
    if not continuous.any():
        return [np.empty(0)]
    lower, upper = problem.space.lower[continuous], problem.space.upper[continuous]
    known = [best.best[continuous]] if best else []
    if not cycle:
        values = problem.reference_candidate[0, continuous]
        # Not by a sum, so that a scale of 1 is the reference to the last bit.
        known = [values - (1 - scale) * (values - lower) for scale in settings.scales]
    sequence = qmc.Sobol(len(lower), rng=np.random.default_rng([seed, cycle]))
    number = 2 ** ceil(np.log2(settings.random_starts))
    drawn = sequence.random(number)[: settings.random_starts]
    return [*known, *(lower + drawn * (upper - lower))]


def _joined(problem: Problem, integers: Values, continuous: Values) -> Values:
    candidate: Values = problem.reference_candidate[0].copy()
    candidate[problem.space.is_integer] = integers
    candidate[~problem.space.is_integer] = continuous
    return candidate


def _advance(descents: list["_Descent"], looks: int, cycle: int) -> Proposals:
    """Let descents look at ``looks`` more points each, all at once, unless they converge."""
    for _ in range(looks):
        running = [descent for descent in descents if not descent.has_converged]
        if not running:
            return
        asked = [descent.candidates() for descent in running]
        outcomes = yield Proposal(np.concatenate(asked), cycle)
        first = 0
        for descent, candidates in zip(running, asked, strict=True):
            descent.tell(outcomes[slice(first, first + len(candidates))])
            first += len(candidates)


@dataclass(frozen=True)
class _Look:
    """What is known at a point: objective, constraints (c,) and their slopes (n,), (c, n).

    ``size`` is that of the reference's objective, in the unit of ``value``.
    """

    value: float
    slope: Values
    excess: Values
    slopes: Values
    size: float


class _Descent:
    """A descent from one start, at fixed integers; begun anew with smaller steps to polish it."""

    _begun_at: float
    _is_start: bool
    _matters: Flags
    _point: Values
    _points: Generator[Values, _Look]

    def __init__(
        self,
        problem: Problem,
        settings: GradientSettings,
        merit: Merit,
        reference: Outcomes,
        start: Values,
    ) -> None:
        self.best, self.best_merit = start, np.inf
        self.has_converged = False
        self._problem, self._settings, self._merit = problem, settings, merit
        size = abs(float(reference.objectives[0, 0])) if reference.is_ok[0] else 0.0
        self._size = size or 1.0
        self._steepness: float | None = None
        self._is_continuous = ~problem.space.is_integer
        self._lower = problem.space.lower[self._is_continuous]
        self._range = problem.space.upper[self._is_continuous] - self._lower
        self._step = settings.difference_step
        self._begin()

    def candidates(self) -> Values:
        """Return the point that it wants to look at, and a neighbour in each variable (n, d)."""
        self._shifted = np.flatnonzero(self._matters)
        steps = np.where(self._point + self._step <= 1, self._step, -self._step)
        self._steps = steps[self._shifted]
        points = np.tile(self._point, (1 + len(self._shifted), 1))
        points[np.arange(1, len(points)), self._shifted] += self._steps
        candidates = np.tile(self.best, (len(points), 1))
        candidates[:, self._is_continuous] = self._lower + points * self._range
        if self._is_start:
            candidates[0] = self.best
        return candidates

    def tell(self, outcomes: Outcomes) -> None:
        """Take the outcomes of ``candidates``, and go on to the next point."""
        merits = self._merit(outcomes)
        first = int(np.argmin(merits))
        if merits[first] < self.best_merit:
            self.best, self.best_merit = outcomes.candidates[first], float(merits[first])
        if not len(self._point):
            self.has_converged = True
            return
        look = self._look(outcomes)
        self._is_start = False
        try:
            self._point = self._points.send(look)
        except StopIteration:
            self._end()

    def _begin(self) -> None:
        """Begin at the best point so far."""
        self._begun_at, self._is_start = self.best_merit, True
        start: Values = (self.best[self._is_continuous] - self._lower) / self._range
        self._matters = np.ones(len(start), np.bool_)
        self._point, self._points = start, _points(self._problem, self._settings, start)
        if len(start):
            self._point = next(self._points)

    def _end(self) -> None:
        """Polish what was gained, with a smaller step; what gained nothing has converged."""
        gain = self._begun_at - self.best_merit
        if gain > self._settings.tolerance * self._size:
            self._step = max(_STEP_OF_POLISHING * self._step, _SMALLEST_STEP)
            self._begin()
        else:
            self.has_converged = True

    def _look(self, outcomes: Outcomes) -> _Look:
        """Work out slopes by differences, in units of the range; unknown ones are 0."""
        scales, tolerances = self._problem.scales, self._problem.tolerances
        excess = (outcomes.constraints - tolerances) / scales + self._settings.margin
        values = np.column_stack([outcomes.objectives[:, 0], excess])
        if not outcomes.is_ok[0]:
            slopes = np.zeros((values.shape[1], len(self._point)))
            return _Look(_FAILURE, slopes[0], np.zeros(excess.shape[1]), slopes[1:], 1.0)
        if self._is_start:
            # Variables that change nothing at the start, as these integers have it, are left alone.
            self._matters[self._shifted] = (values[1:] != values[0]).any(axis=1)
        slopes = np.zeros((values.shape[1], len(self._point)))
        slopes[:, self._shifted] = np.nan_to_num((values[1:] - values[0]).T / self._steps)
        if self._steepness is None:
            # So measured, the first step of SciPy is of the size of the space.
            self._steepness = float(np.abs(slopes[0]).max()) or self._size
        value, slope = values[0, 0] / self._steepness, slopes[0] / self._steepness
        return _Look(float(value), slope, values[0, 1:], slopes[1:], self._size / self._steepness)


class _Cuts:
    """Constraints as they were at points that violated them.

    A constraint that is the largest of many shows but one of them at a time; kept as cuts (Kelley
    1960), all that were met stay in view. The oldest make room, and those that prove wrong.
    """

    def __init__(self, number: int, dimension: int) -> None:
        self._constraint = np.zeros(number, np.int64)
        self._offset = np.full(number, -1.0)
        self.slopes = np.zeros((number, dimension))
        self._next = 0

    def at(self, point: Values, look: _Look) -> Values:
        """Return the excess over all cuts at a point (number,)."""
        excess: Values = self._offset + self.slopes @ point
        is_wrong = self.slopes.any(axis=1) & (excess > look.excess[self._constraint] + _ROUNDING)
        self.slopes[is_wrong] = 0
        self._offset[is_wrong] = -1
        excess[is_wrong] = -1
        return excess

    def add(self, point: Values, look: _Look) -> None:
        """Keep the constraints that a point violates."""
        for constraint in np.flatnonzero(look.excess > _ROUNDING):
            self._constraint[self._next] = constraint
            self.slopes[self._next] = look.slopes[constraint]
            self._offset[self._next] = look.excess[constraint] - look.slopes[constraint] @ point
            self._next = (self._next + 1) % len(self._offset)


class _Seen:
    """The last point that was looked at, as SciPy asks for its parts one by one."""

    def __init__(self, answer: Callable[[Values], _Look], cuts: int, dimension: int) -> None:
        self._answer = answer
        self._point: Values | None = None
        self._cuts = _Cuts(cuts, dimension)

    def size(self, point: Values) -> float:
        return self._at(point).size

    def value(self, point: Values) -> float:
        return self._at(point).value

    def slope(self, point: Values) -> Values:
        return self._at(point).slope

    def slack(self, point: Values) -> Values:
        self._at(point)
        return -np.concatenate([self._look.excess, self._excess])

    def slack_slopes(self, point: Values) -> Values:
        self._at(point)
        return -np.concatenate([self._look.slopes, self._cuts.slopes])

    def _at(self, point: Values) -> _Look:
        if self._point is None or not np.array_equal(point, self._point):
            if self._point is not None:
                self._cuts.add(self._point, self._look)
            self._point = np.array(point)
            self._look: _Look = self._answer(point)
            self._excess = self._cuts.at(self._point, self._look)
        return self._look


def _points(
    problem: Problem, settings: GradientSettings, start: Values
) -> Generator[Values, _Look]:
    """Yield the points of a descent by sequential quadratic programming, in the unit cube."""
    minimize: Any = import_module("scipy.optimize").minimize

    def descend(answer: Callable[[Values], _Look]) -> object:
        cuts = _CUTS_OF_A_VARIABLE * len(start) if problem.constraints else 0
        seen = _Seen(answer, cuts, len(start))
        limits = {"type": "ineq", "fun": seen.slack, "jac": seen.slack_slopes}
        return minimize(
            seen.value,
            start,
            jac=seen.slope,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * len(start),
            constraints=[limits] if problem.constraints else [],
            options={"ftol": settings.tolerance * seen.size(start), "maxiter": _ENDLESS},
        )

    return called_aside(descend)


METHODS: Final = (
    Method(
        "multistart-gradient",
        "descents by SLSQP (Kraft 1988) from many starts, for each combination of the integers",
        "scipy",
        Objectives.ONE,
        GradientSettings,
        _gradient,
    ),
)
