"""What a method of search is: a generator that proposes candidates and is told their outcomes."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from theraflow.config.base import Section
from theraflow.search.evaluator import Outcomes
from theraflow.search.problem import Problem, Values


class Objectives(Enum):
    """How many objectives a method minimises."""

    ONE = "one objective"
    MANY = "two objectives or more"
    ANY = "any number of objectives"


@dataclass(frozen=True)
class Proposal:
    """Candidates (n, d) that a method wants evaluated, and how often it has started anew."""

    candidates: Values
    restart: int = 0


Proposals = Generator[Proposal, Outcomes, None]
Propose = Callable[[Problem, Any, int, Outcomes], Proposals]


@dataclass(frozen=True)
class Method:
    """A method of search.

    ``propose(problem, settings, seed, reference)`` is its generator: it yields proposals and is
    sent their outcomes, repaired candidates among them; it must not know the budget, and always
    propose the same when it is sent the same. ``reference`` is the outcome of evaluation 1. Without
    ``propose`` it runs a loop of its own (``run.search_natively``). ``library`` is the distribution
    whose version is part of a search's identity.
    """

    name: str
    meaning: str
    library: str
    objectives: Objectives
    settings: type[Section]
    propose: Propose | None


class NoSettings(Section):
    """Settings of a method that has none."""


class Merit:
    """One number to minimise, for methods that know no constraints: Deb's rules (2000).

    What is feasible is better than what is not, less violation is better than more, and whatever
    could be evaluated is better than a failure. How much worse does not change during a search.
    """

    def __init__(self, reference: Outcomes) -> None:
        size = abs(float(reference.objectives[0, 0])) if reference.is_ok[0] else 0.0
        self._barrier = 1e6 * (size or 1.0)

    def __call__(self, outcomes: Outcomes) -> Values:
        """Return the merit (n,) of candidates, lower is better."""
        violation = np.where(outcomes.is_ok, outcomes.violation, 0.0)
        infeasible = self._barrier * (1 + violation / (1 + violation))
        merit = np.where(outcomes.is_feasible, outcomes.objectives[:, 0], infeasible)
        return np.where(outcomes.is_ok, merit, 2 * self._barrier)
