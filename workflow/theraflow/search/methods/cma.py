"""Evolution strategy with covariance matrix adaptation, by cma, its authors' library."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

import numpy as np

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.core.errors import UserError
from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.method import Method, Objectives, Proposal, Proposals
from theraflow.search.methods.start import start_point
from theraflow.search.problem import Problem, Values

# Where every start ends at once, as on a plain, populations must not outgrow the memory.
_MOST_GROWTHS: Final = 9


class CmaSettings(Section):
    """Settings of CMA-ES."""

    population: WholeNumber | None = setting(
        "candidates of a generation; null is 4 + 3 ln d", default=None, ge=4
    )
    initial_step: float = setting(
        "standard deviation at the start, as a share of the range of each variable",
        default=0.3,
        gt=0,
        le=1,
    )
    growth: float = setting(
        "factor of the population at every new start (Auger and Hansen 2005)", default=2, ge=1
    )


class _Randomness:
    """The global generator of numpy, as cma draws from it, kept apart from all other draws."""

    def __init__(self, seed: int) -> None:
        self._state = np.random.RandomState(seed % 2**32).get_state()

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Let draws within the block follow from the seed and from earlier blocks alone."""
        outer = np.random.get_state()  # noqa: NPY002
        np.random.set_state(self._state)  # noqa: NPY002
        try:
            yield
        finally:
            self._state = np.random.get_state()  # noqa: NPY002
            np.random.set_state(outer)  # noqa: NPY002


def _cma(problem: Problem, settings: CmaSettings, seed: int, _: Outcomes) -> Proposals:
    if problem.space.dimension < 2:
        raise UserError("search method cma-es needs two variables or more; choose another")
    import cma

    randomness, generator = _Randomness(seed), np.random.default_rng(seed)
    population = settings.population or int(4 + 3 * np.log(problem.space.dimension))
    for restart in count():
        start = start_point(problem, generator, restart)
        size = int(population * settings.growth ** min(restart, _MOST_GROWTHS))
        with randomness.drawn():
            strategy = cma.CMAEvolutionStrategy(
                start, settings.initial_step, _options(problem, size)
            )
        fitness = _Fitness(problem, strategy)
        while not strategy.stop():
            with randomness.drawn():
                candidates = strategy.ask()
            outcomes = yield Proposal(np.array(candidates), restart)
            with randomness.drawn():
                strategy.tell(candidates, fitness(candidates, outcomes))
                fitness.update()


def _options(problem: Problem, population: int) -> dict[str, Any]:
    space = problem.space
    return {
        "popsize": population,
        "bounds": [space.lower.tolist(), space.upper.tolist()],
        "CMA_stds": space.upper - space.lower,
        "integer_variables": np.flatnonzero(space.is_integer).tolist(),
        "seed": np.nan,
        "verbose": -10,
        "verb_log": 0,
    }


class _Fitness:
    """What the strategy ranks by: with constraints, an augmented Lagrangian that it adapts."""

    def __init__(self, problem: Problem, strategy: Any) -> None:
        import cma

        # The library's own way to keep the Lagrangian from writing into the working directory.
        cma.constraints_handler._Logger = cma.logger.LoggerDummy
        self._problem, self._strategy = problem, strategy
        self._value, self._excess = 0.0, np.empty(0)
        self._is_updated = False
        self._lagrangian = (
            cma.ConstrainedFitnessAL(
                lambda _: self._value,
                lambda _: self._excess,
                find_feasible_first=True,
                archives=False,
                logging=0,
            )
            if problem.constraints
            else None
        )

    def __call__(self, candidates: list[Values], outcomes: Outcomes) -> list[float]:
        """Return the fitness of a generation; a failure is worse than all that was evaluated."""
        excess = (outcomes.constraints - self._problem.tolerances) / self._problem.scales
        values = np.full(len(outcomes), np.nan)
        for index in np.flatnonzero(outcomes.is_ok):
            self._value, self._excess = float(outcomes.objectives[index, 0]), excess[index]
            values[index] = self._value
            if self._lagrangian is not None:
                values[index] = self._lagrangian(candidates[index])
        self._is_updated = bool(outcomes.is_ok.any())
        worst = np.nanmax(values) if self._is_updated else 0.0
        values[~outcomes.is_ok] = worst + abs(worst) + 1
        return [float(value) for value in values]

    def update(self) -> None:
        """Adapt the coefficients of the Lagrangian to the generation."""
        if self._lagrangian is not None and self._is_updated:
            self._lagrangian.update(self._strategy)


METHODS: Final = (
    Method(
        "cma-es",
        "evolution strategy with covariance matrix adaptation (Hansen 2016)",
        "cma",
        Objectives.ONE,
        CmaSettings,
        _cma,
    ),
)
