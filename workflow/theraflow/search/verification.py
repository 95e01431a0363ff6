"""The best of a search, evaluated again by a better evaluator than the one that found it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from theraflow.search import tables
from theraflow.search.evaluator import Evaluator, judge
from theraflow.search.problem import Problem
from theraflow.search.run import SearchResult


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
        candidates = result.best.candidates
        outcome = judge(
            problem, candidates, verifier.evaluate(candidates, np.array([seed], np.uint64))
        )
        found, verified = result.best.objectives[0, 0], outcome.objectives[0, 0]
        rows.append(
            {
                tables.PROBLEM: identity.problem,
                tables.EVALUATOR: identity.evaluator,
                tables.METHOD: identity.method,
                tables.SEED: identity.seed,
                "verifier": verifier.fingerprint,
                "verifier_fidelity": verifier.fidelity,
                tables.STATUS: tables.STATUS_NAMES[outcome.status[0]],
                tables.FEASIBLE: bool(outcome.is_feasible[0]),
                tables.OBJECTIVE: found,
                "verified_objective": verified,
                tables.GAP: verified - found,
                "relative_gap": (verified - found) / (abs(verified) or 1.0),
            }
        )
    return pd.DataFrame(rows, columns=tables.VERIFICATION.names)
