"""Methods of SciPy, which call an objective function: run aside, and asked for its arguments.

They search the unit cube. Constraints come in by ``Merit``, integers by the map from the cube.
"""

from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any, Final, Literal

import numpy as np

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.aside import called_aside
from theraflow.search.methods.method import (
    Merit,
    Method,
    Objectives,
    Proposal,
    Proposals,
)
from theraflow.search.methods.start import start_point, start_population
from theraflow.search.problem import Problem, Values

_LIBRARY: Final = "scipy"
# Methods end where they converge; a limit on their length must not.
_ENDLESS: Final = 2**31 - 1
# SciPy's own limits for local searches of dual annealing, which it forgets once any is set.
_LOCAL_ITERATIONS_PER_VARIABLE, _LEAST_LOCAL_ITERATIONS, _MOST_LOCAL_ITERATIONS = 6, 100, 1000

# Minimises a function of points (n, d) of the unit cube to merits (n,).
Minimise = Callable[[Callable[[Values], Values]], object]


class NelderMeadSettings(Section):
    """Settings of the simplex of Nelder and Mead."""

    initial_step: float = setting(
        "edge of the first simplex, as a share of the range of each variable",
        default=0.1,
        gt=0,
        le=0.5,
    )
    tolerance: float = setting(
        "size of the simplex, as a share of the range, at which it starts anew elsewhere",
        default=1e-6,
        gt=0,
        lt=1,
    )
    adaptive: bool = setting(
        "let its coefficients follow the number of variables (Gao and Han 2012)", default=True
    )


class DualAnnealingSettings(Section):
    """Settings of generalised simulated annealing with local searches."""

    iterations: WholeNumber = setting("iterations until it starts anew", default=1000, gt=0)
    initial_temperature: float = setting(
        "temperature at the start", default=5230, gt=0.01, le=50000
    )
    local_search: bool = setting("search locally (L-BFGS-B) from what it accepts", default=True)


class ScipyDifferentialEvolutionSettings(Section):
    """Settings of differential evolution."""

    population: WholeNumber = setting("candidates of a generation", default=50, ge=5)
    strategy: Literal[
        "best1bin",
        "best1exp",
        "best2bin",
        "best2exp",
        "rand1bin",
        "rand1exp",
        "rand2bin",
        "rand2exp",
        "randtobest1bin",
        "randtobest1exp",
        "currenttobest1bin",
        "currenttobest1exp",
    ] = setting("how candidates are combined", default="best1bin")
    mutation: tuple[float, float] = setting(
        "range that the differential weight is drawn from", default=(0.5, 1)
    )
    recombination: float = setting("probability of crossing over", default=0.7, ge=0, le=1)
    tolerance: float = setting(
        "spread of the merits, relative to their mean, at which it starts anew",
        default=1e-8,
        ge=0,
    )


def _optimiser(name: str) -> Any:
    """Import a function of SciPy, whose stubs know no functions of several candidates."""
    return getattr(import_module("scipy.optimize"), name)


def _nelder_mead(
    problem: Problem, settings: NelderMeadSettings, seed: int, reference: Outcomes
) -> Proposals:
    minimize = _optimiser("minimize")
    generator, bounds = np.random.default_rng(seed), [(0.0, 1.0)] * problem.space.dimension
    for restart in count():
        start = start_point(problem, generator, restart)
        unit = problem.space.to_unit(start[None])[0]
        step = np.where(unit + settings.initial_step <= 1, 1, -1) * settings.initial_step
        simplex = np.vstack([unit, unit + np.diag(step)])

        def minimise(merit: Callable[[Values], Values], simplex: Values = simplex) -> object:
            options = {
                "initial_simplex": simplex,
                "adaptive": settings.adaptive,
                "xatol": settings.tolerance,
                # The size of the simplex alone ends it: merits have no scale.
                "fatol": np.inf,
                "maxiter": _ENDLESS,
                "maxfev": _ENDLESS,
            }
            return minimize(
                lambda point: merit(point[None])[0],
                simplex[0],
                method="Nelder-Mead",
                bounds=bounds,
                options=options,
            )

        yield from _called_back(problem, minimise, start, reference, restart)


def _dual_annealing(
    problem: Problem, settings: DualAnnealingSettings, seed: int, reference: Outcomes
) -> Proposals:
    dual_annealing = _optimiser("dual_annealing")
    generator, bounds = np.random.default_rng(seed), [(0.0, 1.0)] * problem.space.dimension
    for restart in count():
        start = start_point(problem, generator, restart)
        unit = problem.space.to_unit(start[None])[0]

        def minimise(merit: Callable[[Values], Values], unit: Values = unit) -> object:
            local_search = {
                "method": "L-BFGS-B",
                "bounds": bounds,
                "options": {
                    "maxiter": _local_iterations(problem),
                    # The neighbours of a gradient, in SciPy's order, but asked for together.
                    "workers": lambda _, points: merit(np.array(list(points))),
                },
            }
            return dual_annealing(
                lambda point: merit(point[None])[0],
                bounds,
                minimizer_kwargs=local_search,
                maxiter=settings.iterations,
                initial_temp=settings.initial_temperature,
                no_local_search=not settings.local_search,
                maxfun=_ENDLESS,
                rng=generator,
                x0=unit,
            )

        yield from _called_back(problem, minimise, start, reference, restart)


def _local_iterations(problem: Problem) -> int:
    iterations = _LOCAL_ITERATIONS_PER_VARIABLE * problem.space.dimension
    return min(max(iterations, _LEAST_LOCAL_ITERATIONS), _MOST_LOCAL_ITERATIONS)


def _differential_evolution(
    problem: Problem, settings: ScipyDifferentialEvolutionSettings, seed: int, reference: Outcomes
) -> Proposals:
    differential_evolution = _optimiser("differential_evolution")
    generator, bounds = np.random.default_rng(seed), [(0.0, 1.0)] * problem.space.dimension
    for restart in count():
        population = start_population(problem, generator, restart, settings.population)
        unit = problem.space.to_unit(population)

        def minimise(merit: Callable[[Values], Values], unit: Values = unit) -> object:
            return differential_evolution(
                lambda points: merit(points.T),
                bounds,
                init=unit,
                strategy=settings.strategy,
                mutation=settings.mutation,
                recombination=settings.recombination,
                tol=settings.tolerance,
                maxiter=_ENDLESS,
                polish=False,
                vectorized=True,
                updating="deferred",
                rng=generator,
            )

        yield from _called_back(problem, minimise, population[0], reference, restart)


def _called_back(
    problem: Problem, minimise: Minimise, start: Values, reference: Outcomes, restart: int
) -> Proposals:
    """Turn a function that calls an objective into a generator of what it calls it with.

    ``start`` (d,) is its first candidate, proposed as it is, without the detour of the cube.
    """
    merit = Merit(reference)
    start_unit = problem.space.to_unit(start[None])
    points = called_aside(minimise)
    try:
        asked = next(points)
        while True:
            candidates = problem.space.from_unit(asked)
            candidates[np.isclose(asked, start_unit, rtol=0, atol=1e-12).all(axis=1)] = start
            asked = points.send(merit((yield Proposal(candidates, restart))))
    except StopIteration:
        return
    finally:
        points.close()


METHODS: Final = (
    Method(
        "nelder-mead",
        "simplex of Nelder and Mead (1965), started anew where it converges",
        _LIBRARY,
        Objectives.ONE,
        NelderMeadSettings,
        _nelder_mead,
    ),
    Method(
        "dual-annealing",
        "generalised simulated annealing with local searches (Xiang et al. 1997)",
        _LIBRARY,
        Objectives.ONE,
        DualAnnealingSettings,
        _dual_annealing,
    ),
    Method(
        "scipy-de",
        "differential evolution (Storn and Price 1997)",
        _LIBRARY,
        Objectives.ONE,
        ScipyDifferentialEvolutionSettings,
        _differential_evolution,
    ),
)
