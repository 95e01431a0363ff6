"""One search: a method led through a problem within a budget, with its history."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from theraflow.search.budget import Budget, Clock, CountedEvaluator, SearchEnd
from theraflow.search.evaluator import Evaluator, Outcomes, join
from theraflow.search.history import HistoryWriter, Recorded, SearchIdentity
from theraflow.search.methods.method import Proposals
from theraflow.search.methods.registry import ChosenMethod
from theraflow.search.problem import Problem

# A file in the folder of a history whose method, with a loop of its own, has ended by itself.
_ENDED: Final = "ended_by_method"


class EndedBy(StrEnum):
    """What ended a search: its budget, or the method by itself."""

    BUDGET = "budget"
    METHOD = "method"


@dataclass(frozen=True)
class SearchResult:
    """What a search has spent and found; its evaluations are in the history in ``folder``.

    ``best`` is the best feasible candidate of a single objective, ``None`` where there is none.
    """

    folder: Path
    identity: SearchIdentity
    evaluations: int
    feasible: int
    failed: int
    wall_s: float
    cpu_s: float
    best: Outcomes | None
    ended_by: EndedBy


def has_ended(folder: Path) -> bool:
    """Tell whether the method of a history, one with a loop of its own, has ended by itself."""
    return (folder / _ENDED).exists()


def identify(
    problem: Problem, evaluator: Evaluator, chosen: ChosenMethod, seed: int
) -> SearchIdentity:
    """Say what decides the evaluations of a search."""
    return SearchIdentity(
        problem=problem.id,
        evaluator=evaluator.fingerprint,
        method=chosen.method.name,
        settings=chosen.settings.identity(),
        library=chosen.library,
        code=chosen.code,
        seed=seed,
    )


def search(
    problem: Problem,
    evaluator: Evaluator,
    chosen: ChosenMethod,
    budget: Budget,
    seed: int,
    folder: Path,
    clock: Clock | None = None,
) -> SearchResult:
    """Search until the budget is spent; goes on from what the history in ``folder`` holds.

    Raises ``UserError`` for a method that does not fit the problem, and for the history of
    another search.
    """
    propose = chosen.method.propose
    if propose is None:
        raise ValueError(f"{chosen.method.name} runs its own loop: use search_natively")

    def loop(counted: CountedEvaluator) -> None:
        reference = counted.evaluate_reference()
        proposals = propose(problem, chosen.settings, seed, reference)
        try:
            _lead(counted, proposals, reference)
        finally:
            proposals.close()

    return _run(problem, evaluator, chosen, budget, seed, folder, loop, clock)


def search_natively(
    problem: Problem,
    evaluator: Evaluator,
    chosen: ChosenMethod,
    budget: Budget,
    seed: int,
    folder: Path,
    loop: Callable[[CountedEvaluator], None],
    clock: Clock | None = None,
) -> SearchResult:
    """Search by a loop that evaluates itself and hands what it did to ``CountedEvaluator.record``.

    Such a method cannot save its state: what the history holds is counted, and the loop, which
    begins anew, goes on after it. One that has ended by itself stays ended, whatever the budget.
    The reference is evaluated here, by ``evaluator``. Raises ``UserError`` as ``search`` does.
    """

    def resumed(counted: CountedEvaluator) -> None:
        counted.take_over_recorded()
        if not counted.evaluations:
            counted.evaluate_reference()
        if not has_ended(folder):
            loop(counted)
            (folder / _ENDED).touch()

    return _run(problem, evaluator, chosen, budget, seed, folder, resumed, clock)


def _run(
    problem: Problem,
    evaluator: Evaluator,
    chosen: ChosenMethod,
    budget: Budget,
    seed: int,
    folder: Path,
    loop: Callable[[CountedEvaluator], None],
    clock: Clock | None,
) -> SearchResult:
    """Run a loop on the history in a folder, to its own end or that of the budget."""
    chosen.check(problem)
    clock = clock or Clock()
    identity = identify(problem, evaluator, chosen, seed)
    with HistoryWriter(folder, problem, identity, clock.wall) as writer:
        recorded = Recorded(folder, problem, identity)
        counted = CountedEvaluator(problem, evaluator, budget, seed, recorded, writer, clock)
        try:
            loop(counted)
            ended_by = EndedBy.METHOD
        except SearchEnd:
            ended_by = EndedBy.BUDGET
    return SearchResult(
        folder,
        identity,
        counted.evaluations,
        counted.feasible,
        counted.failed,
        counted.wall_s,
        counted.cpu_s,
        counted.best,
        ended_by,
    )


def _lead(counted: CountedEvaluator, proposals: Proposals, reference: Outcomes) -> None:
    """Evaluate what a method proposes until it ends by itself, or the budget does.

    A method that begins with the reference is told its outcome, which is known already.
    """
    proposal = next(proposals, None)
    is_first = True
    while proposal is not None:
        candidates = counted.problem.space.repair(proposal.candidates)
        knows = is_first and np.array_equal(candidates[:1], reference.candidates)
        parts = [reference] if knows else []
        if len(candidates) > len(parts):
            parts.append(counted.evaluate(candidates[len(parts) :], proposal.restart))
        is_first = False
        try:
            proposal = proposals.send(join(parts))
        except StopIteration:
            return
