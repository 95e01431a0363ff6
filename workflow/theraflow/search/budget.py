"""What a search may spend, and the one place where it is spent: counted, recorded, judged."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.search.evaluator import Evaluations, Evaluator, Outcomes, Seeds, join, judge
from theraflow.search.history import BLOCK_ROWS, HistoryWriter, Recorded, RecordedRows
from theraflow.search.problem import Problem, Values


@dataclass(frozen=True)
class Budget:
    """What a search may spend: evaluations, CPU seconds, wall seconds; ``None`` is no limit.

    Raises ``UserError`` when there is no limit at all, or nothing to spend.
    """

    evaluations: int | None = None
    cpu_s: float | None = None
    wall_s: float | None = None

    def __post_init__(self) -> None:
        limits = {name: limit for name, limit in vars(self).items() if limit is not None}
        if not limits:
            raise UserError("a search needs a budget: evaluations, cpu_s or wall_s")
        for name, limit in limits.items():
            if not limit > 0:
                raise UserError(f"the budget of a search is {limit:g} {name}; give more than 0")

    def is_spent_by(self, spent: "CountedEvaluator") -> bool:
        """Tell whether any of the limits is reached."""
        return any(
            limit is not None and getattr(spent, name) >= limit
            for name, limit in vars(self).items()
        )


@dataclass(frozen=True)
class Clock:
    """The clocks of a search, in seconds: wall time, and the CPU time of this process."""

    wall: Callable[[], float] = time.monotonic
    cpu: Callable[[], float] = time.process_time


class SearchEnd(BaseException):
    """The budget is spent; no ``Exception``, so that no library of methods swallows it."""


class CountedEvaluator:
    """The only way to an evaluation: it counts, records, judges feasibility and stops.

    Rows that the history holds already are handed out again instead of evaluating their
    candidates, as long as a method proposes the same. An evaluation that ends after a budget of
    time is recorded, but no part of the search within this budget.
    """

    def __init__(
        self,
        problem: Problem,
        evaluator: Evaluator,
        budget: Budget,
        seed: int,
        recorded: Recorded,
        writer: HistoryWriter,
        clock: Clock,
    ) -> None:
        self.problem = problem
        self.evaluations, self.wall_s, self.cpu_s = 0, 0.0, 0.0
        self.feasible, self.failed = 0, 0
        self.best: Outcomes | None = None
        self._evaluator, self._budget, self._writer, self._clock = evaluator, budget, writer, clock
        self._seed = derive_seed({"search": seed})
        self._recorded: Recorded | None = recorded
        self._is_spent = False
        self._elsewhere_s = 0.0
        self._wall_origin, self._cpu_origin = clock.wall(), clock.cpu()

    def evaluate(self, candidates: Values, restart: int = 0) -> Outcomes:
        """Evaluate candidates (n, d) of the space in their order.

        Raises ``SearchEnd`` once the budget is spent, also in the middle of them; ``ValueError``
        for a candidate outside of the space.
        """
        if self._is_spent:
            raise SearchEnd
        if candidates.shape[1:] != (self.problem.space.dimension,):
            raise ValueError(f"candidates of shape {candidates.shape} do not fit the space")
        if not self.problem.space.contains(candidates).all():
            raise ValueError("a method proposed a candidate outside of the space")
        parts: list[Outcomes] = []
        done = 0
        while done < len(candidates):
            part = self._next(candidates[done:], restart)
            parts.append(part)
            done += len(part)
        return join(parts)

    def evaluate_reference(self) -> Outcomes:
        """Evaluate the reference, which is evaluation 1 of every search."""
        return self.evaluate(self.problem.reference_candidate)

    def record(self, candidates: Values, evaluations: Evaluations, restart: int = 0) -> Outcomes:
        """Count and record what a method with a loop of its own has evaluated.

        Raises ``SearchEnd`` once the budget is spent; what is beyond it is left out.
        """
        if self._is_spent:
            raise SearchEnd
        within = slice(0, self._within_evaluations(len(candidates)))
        outcomes = judge(self.problem, candidates, evaluations)[within]
        self._elsewhere_s += evaluations.cpu_elsewhere_s
        self._add(outcomes, restart)
        return outcomes

    def take_over_recorded(self) -> None:
        """Count what is recorded, for a method that cannot be led through it again.

        Raises ``SearchEnd`` when that is all of the budget.
        """
        while self._recorded is not None:
            rows = self._recorded.take(self._within_evaluations(BLOCK_ROWS))
            if rows is None:
                self._begin()
            else:
                self._count(rows.outcomes, rows.wall_s, rows.cpu_s)

    def _next(self, candidates: Values, restart: int) -> Outcomes:
        """Evaluate the first of the candidates, or replay what was recorded of them."""
        if self._recorded is not None:
            rows = self._recorded.take(self._within_evaluations(len(candidates)))
            if rows is not None:
                return self._replay(rows, candidates)
            self._begin()
        count = self._within_evaluations(min(len(candidates), self._evaluator.batch_size))
        evaluations = self._evaluator.evaluate(candidates[:count], self._seeds(count))
        self._elsewhere_s += evaluations.cpu_elsewhere_s
        outcomes = judge(self.problem, candidates[:count], evaluations)
        self._add(outcomes, restart)
        return outcomes

    def _replay(self, rows: RecordedRows, candidates: Values) -> Outcomes:
        outcomes = rows.outcomes
        same = (outcomes.candidates == candidates[: len(outcomes)]).all(axis=1)
        if not same.all():
            number = self.evaluations + int(np.argmin(same)) + 1
            raise UserError(
                f"evaluation {number} of the recorded history is not what the method proposes here "
                "(another machine or library?); choose another folder or remove the history"
            )
        self._count(outcomes, rows.wall_s, rows.cpu_s)
        return outcomes

    def _begin(self) -> None:
        """Go on from where the history ends, whose time is spent already."""
        self._recorded = None
        self._wall_origin = self._clock.wall() - self.wall_s
        self._cpu_origin = self._clock.cpu() - self.cpu_s

    def _add(self, outcomes: Outcomes, restart: int) -> None:
        wall_s = self._clock.wall() - self._wall_origin
        cpu_s = self._clock.cpu() - self._cpu_origin + self._elsewhere_s
        # Candidates of one batch share its time evenly.
        shares = np.arange(1, len(outcomes) + 1) / len(outcomes)
        walls = self.wall_s + shares * (wall_s - self.wall_s)
        cpus = self.cpu_s + shares * (cpu_s - self.cpu_s)
        self._writer.add(outcomes, self.evaluations + 1, restart, walls, cpus)
        self._count(outcomes, walls, cpus)

    def _count(self, outcomes: Outcomes, wall_s: Values, cpu_s: Values) -> None:
        """Count rows, and stop where one of them ends after the budget."""
        within = len(outcomes)
        for limit, times in ((self._budget.wall_s, wall_s), (self._budget.cpu_s, cpu_s)):
            if limit is not None:
                within = min(within, int(np.searchsorted(times, limit, side="right")))
        if within:
            counted = outcomes[:within]
            self.evaluations += within
            self.wall_s, self.cpu_s = float(wall_s[within - 1]), float(cpu_s[within - 1])
            self.feasible += int(np.count_nonzero(counted.is_feasible))
            self.failed += int(np.count_nonzero(~counted.is_ok))
            self._keep_best(counted)
        self._is_spent = within < len(outcomes) or self._budget.is_spent_by(self)
        if self._is_spent:
            raise SearchEnd

    def _keep_best(self, outcomes: Outcomes) -> None:
        if len(self.problem.objectives) > 1:
            return
        values = np.where(outcomes.is_feasible, outcomes.objectives[:, 0], np.inf)
        first = int(np.argmin(values))
        if values[first] < (np.inf if self.best is None else self.best.objectives[0, 0]):
            self.best = outcomes[first : first + 1]

    def _within_evaluations(self, count: int) -> int:
        if self._budget.evaluations is None:
            return count
        return min(count, self._budget.evaluations - self.evaluations)

    def _seeds(self, count: int) -> Seeds:
        """Draw a seed for each of the next evaluations, by its number (splitmix64)."""
        if not self._evaluator.is_stochastic:
            return np.zeros(count, np.uint64)
        numbers = np.arange(self.evaluations + 1, self.evaluations + count + 1, dtype=np.uint64)
        mixed = np.uint64(self._seed) + numbers * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
