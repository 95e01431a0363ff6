"""Evolutionary methods and swarms of pymoo, which is asked for generations and told outcomes."""

from collections.abc import Callable
from itertools import count
from typing import Any, Final

import numpy as np

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.method import Method, Objectives, Proposal, Proposals
from theraflow.search.methods.start import start_population
from theraflow.search.problem import Problem, Values

_LIBRARY: Final = "pymoo"
# What could not be evaluated is worse than any violation.
_FAILURE: Final = 1e30


class GeneticSettings(Section):
    """Settings of genetic algorithms: simulated binary crossover, polynomial mutation."""

    population: WholeNumber = setting("candidates of a generation", default=50, ge=4)
    crossover_probability: float = setting("probability of crossing over", default=0.9, ge=0, le=1)
    crossover_index: float = setting("nearness of children to their parents", default=15, gt=0)
    mutation_index: float = setting("nearness of mutants to what they were", default=20, gt=0)


class SwarmSettings(Section):
    """Settings of the particle swarm, whose coefficients adapt to its spread."""

    population: WholeNumber = setting("particles", default=25, ge=2)
    inertia: float = setting("weight of the velocity, at the start", default=0.9, ge=0, le=1)
    cognitive: float = setting("pull of a particle's own best, at the start", default=2, ge=0)
    social: float = setting("pull of the swarm's best, at the start", default=2, ge=0)


class DifferentialEvolutionSettings(Section):
    """Settings of differential evolution."""

    population: WholeNumber = setting("candidates of a generation", default=50, ge=4)
    variant: str = setting(
        "how candidates are combined",
        default="DE/rand/1/bin",
        pattern="^DE/(rand|best)/[0-9]/(bin|exp)$",
    )
    crossover: float = setting("probability of crossing over", default=0.7, ge=0, le=1)


def _genetic(problem: Problem, settings: GeneticSettings, seed: int, _: Outcomes) -> Proposals:
    from pymoo.algorithms.soo.nonconvex.ga import GA

    return _generations(problem, seed, settings.population, GA, _variation(settings))


def _nsga2(problem: Problem, settings: GeneticSettings, seed: int, _: Outcomes) -> Proposals:
    from pymoo.algorithms.moo.nsga2 import NSGA2

    return _generations(problem, seed, settings.population, NSGA2, _variation(settings))


def _variation(settings: GeneticSettings) -> dict[str, Any]:
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM

    return {
        "crossover": SBX(prob=settings.crossover_probability, eta=settings.crossover_index),
        "mutation": PM(eta=settings.mutation_index),
    }


def _swarm(problem: Problem, settings: SwarmSettings, seed: int, _: Outcomes) -> Proposals:
    from pymoo.algorithms.soo.nonconvex.pso import PSO

    options = {"w": settings.inertia, "c1": settings.cognitive, "c2": settings.social}
    return _generations(problem, seed, settings.population, PSO, options)


def _differential_evolution(
    problem: Problem, settings: DifferentialEvolutionSettings, seed: int, _: Outcomes
) -> Proposals:
    from pymoo.algorithms.soo.nonconvex.de import DE

    options = {"variant": settings.variant, "CR": settings.crossover}
    return _generations(problem, seed, settings.population, DE, options)


def _generations(
    problem: Problem,
    seed: int,
    population: int,
    algorithm: Callable[..., Any],
    options: dict[str, Any],
) -> Proposals:
    """Lead an algorithm from generation to generation; it starts anew when it has no more."""
    from pymoo.config import Config
    from pymoo.core.termination import NoTermination

    Config.warnings["not_compiled"] = False
    for restart in count():
        generator = np.random.default_rng([seed, restart])
        running = algorithm(
            pop_size=population,
            sampling=start_population(problem, generator, restart, population),
            repair=_repair(problem),
            **options,
        )
        running.setup(
            _description(problem),
            seed=int(generator.integers(2**31)),
            termination=NoTermination(),
        )
        while (individuals := running.ask()) is not None and len(individuals):
            outcomes = yield Proposal(individuals.get("X").astype(np.float64), restart)
            _tell(running, individuals, outcomes)


def _description(problem: Problem) -> Any:
    """Describe the space to pymoo; violation is its only constraint, as it is judged already."""
    from pymoo.core.problem import Problem as Description

    return Description(
        n_var=problem.space.dimension,
        n_obj=len(problem.objectives),
        n_ieq_constr=1,
        xl=problem.space.lower,
        xu=problem.space.upper,
    )


def _tell(running: Any, individuals: Any, outcomes: Outcomes) -> None:
    from pymoo.problems.static import StaticProblem

    objectives = np.where(outcomes.is_ok[:, None], outcomes.objectives, _FAILURE)
    violation = np.where(outcomes.is_ok, outcomes.violation, _FAILURE)[:, None]
    told = StaticProblem(running.problem, F=objectives, G=violation)
    running.evaluator.eval(told, individuals)
    running.tell(infills=individuals)


def _repair(problem: Problem) -> Any:
    from pymoo.core.repair import Repair

    class IntoSpace(Repair):  # type: ignore[misc]
        def _do(self, _: Any, candidates: Values, **__: Any) -> Values:
            return problem.space.repair(candidates)

    return IntoSpace()


METHODS: Final = (
    Method(
        "ga",
        "genetic algorithm with real numbers",
        _LIBRARY,
        Objectives.ONE,
        GeneticSettings,
        _genetic,
    ),
    Method(
        "pso",
        "adaptive particle swarm (Zhan et al. 2009)",
        _LIBRARY,
        Objectives.ONE,
        SwarmSettings,
        _swarm,
    ),
    Method(
        "de",
        "differential evolution (Storn and Price 1997)",
        _LIBRARY,
        Objectives.ONE,
        DifferentialEvolutionSettings,
        _differential_evolution,
    ),
    Method(
        "nsga2",
        "non-dominated sorting with crowding distances (Deb et al. 2002)",
        _LIBRARY,
        Objectives.MANY,
        GeneticSettings,
        _nsga2,
    ),
)
