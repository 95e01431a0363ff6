"""The best of a search, evaluated again by a better evaluator than the one that found it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from theraflow.search import tables
from theraflow.search.evaluator import Evaluator, Outcomes, judge
from theraflow.search.problem import Problem, Values
from theraflow.search.run import SearchResult


@dataclass(frozen=True)
class Verified:
    """A candidate by a better evaluator, and its first objective by the one that found it."""

    outcome: Outcomes
    found: float

    @property
    def objective(self) -> float:
        """The first objective by the better evaluator."""
        return float(self.outcome.objectives[0, 0])

    @property
    def gap(self) -> float:
        """That objective less the one found."""
        return self.objective - self.found

    @property
    def relative_gap(self) -> float:
        """The gap, relative to the size of the verified objective."""
        return self.gap / (abs(self.objective) or 1.0)


def verify_candidate(
    problem: Problem, candidate: Values, found: float, verifier: Evaluator, seed: int = 0
) -> Verified:
    """Evaluate a candidate (1, d), whose objective was found to be ``found``, once more."""
    evaluations = verifier.evaluate(candidate, np.array([seed], np.uint64))
    return Verified(judge(problem, candidate, evaluations), found)


def verify(
    problem: Problem, results: Sequence[SearchResult], verifier: Evaluator, seed: int = 0
) -> pd.DataFrame:
    """Evaluate the best candidate of each search by the reference evaluator of the study.

    Returns rows like ``tables.VERIFICATION``; searches without a feasible candidate have none.
    Raises ``ValueError`` when the verifier is the evaluator that found one of them.
    """
    rows = []
    for result in results:
        identity = result.identity
        if identity.evaluator == verifier.fingerprint:
            raise ValueError("an evaluator cannot verify what it has found itself")
        if result.best is None:
            continue
        best, found = result.best.candidates, float(result.best.objectives[0, 0])
        verified = verify_candidate(problem, best, found, verifier, seed)
        rows.append(
            {
                tables.PROBLEM: identity.problem,
                tables.EVALUATOR: identity.evaluator,
                tables.METHOD: identity.method,
                tables.SEED: identity.seed,
                "verifier": verifier.fingerprint,
                "verifier_fidelity": verifier.fidelity,
                tables.STATUS: tables.STATUS_NAMES[verified.outcome.status[0]],
                tables.FEASIBLE: bool(verified.outcome.is_feasible[0]),
                tables.OBJECTIVE: found,
                "verified_objective": verified.objective,
                tables.GAP: verified.gap,
                "relative_gap": verified.relative_gap,
            }
        )
    return pd.DataFrame(rows, columns=tables.VERIFICATION.names)
