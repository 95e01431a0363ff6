"""Search for the therapy of one patient with one of COPASI's methods, within our own budget."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from theraflow.config.crc.search import AlgorithmConfig, SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.budget import Budget, Spent
from theraflow.crc.search.history import EndedBy, History
from theraflow.crc.search.run import RECORDED, SearchError, run_search
from theraflow.crc.therapy.problem import check_problem
from theraflow.crc.therapy.therapy import parameter_names
from theraflow.crc.therapy.verification import Verified, verify_therapy
from theraflow.work.ledger.journal import Journal


@dataclass(frozen=True)
class SearchResult:
    """All improvements of a search, the budget it used, and its best therapy verified."""

    improvements: pd.DataFrame
    spent: Spent
    verified: Verified
    ended_by: EndedBy


def search_therapy(
    problem_file: Path,
    algorithm: AlgorithmConfig,
    seed: int,
    history_file: Path,
    budget: Budget,
    therapy: TherapyConfig,
    verification_solver: SolverConfig,
) -> SearchResult:
    """Search within the budget and verify the best therapy found.

    A history file of a killed search, or of one with a smaller budget, is taken up: the search goes
    on from its best therapy with what is left. Of one with a larger budget, the part within this
    one is returned. Raises ``SearchError`` or ``VerificationError`` when the result breaks a guard,
    ``BrokenProblemError`` when the problem is not whole.
    """
    parameters = parameter_names(therapy)
    with Journal(history_file) as journal:
        history = History(journal)
        if not history.is_ended and not budget.is_exhausted(history.spent):
            copasi = CopasiModel.from_file(problem_file)
            check_problem(copasi, therapy)
            run_search(copasi, algorithm, seed, history, budget, parameters)
            copasi.close()
        found = history.within(budget)
    if found.improvements.empty:
        raise SearchError(
            f"{problem_file}: no therapy that honours the constraints was found within the budget"
        )
    columns = [*asdict(found.spent), *RECORDED, *parameters]
    improvements = found.improvements[columns].reset_index(drop=True)
    best = improvements.iloc[-1]
    verified = verify_therapy(
        problem_file,
        best[parameters].to_numpy(dtype=np.float64),
        float(best[tables.OBJECTIVE]),
        therapy,
        verification_solver,
    )
    return SearchResult(improvements, found.spent, verified, found.ended_by)
