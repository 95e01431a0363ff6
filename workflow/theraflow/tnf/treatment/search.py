"""One search for treatments, from the problem to the candidates that it found."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from theraflow.config.tnf.treatment import VerificationConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.search.budget import Budget
from theraflow.search.evaluator import Evaluator
from theraflow.search.methods.registry import ChosenMethod
from theraflow.search.run import identify, search
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.candidates import best_candidates, front_candidates
from theraflow.tnf.treatment.problem import Region, TreatmentProblem

# Candidates of the front that a search hands on, of which some are simulated again.
_FRONT_KEPT = 50


@dataclass(frozen=True)
class TreatmentSearch:
    """A search by one method; ``name`` is its own, ``evaluator_name`` that of what predicts."""

    name: str
    evaluator_name: str
    posed: TreatmentProblem
    evaluator: Evaluator
    chosen: ChosenMethod
    budget: Budget
    seed: int

    def folder(self, parent: Path) -> Path:
        """Name its history by all that decides it except its budget.

        A job that was killed, or that is given another budget, finds its history again.
        """
        identity = identify(self.posed.problem, self.evaluator, self.chosen, self.seed)
        return parent / f"{self.name}-{self.seed}-{content_hash(asdict(identity))}"


def find_candidates(
    posed: TreatmentSearch, parent: Path, verification: VerificationConfig, region: Region
) -> pd.DataFrame:
    """Search, going on from a history in ``parent``, and return what is worth simulating.

    ``region`` is that of the config, in whose ranges distances are measured. Rows are like
    ``tables.CANDIDATES_SCHEMA``. Raises ``UserError`` for a method that does not fit, and when no
    treatment could be evaluated.
    """
    folder = posed.folder(parent)
    result = search(
        posed.posed.problem, posed.evaluator, posed.chosen, posed.budget, posed.seed, folder
    )
    best = best_candidates(
        folder,
        posed.posed,
        result.evaluations,
        verification.candidates,
        verification.least_distance,
        region,
    )
    if best.empty:
        raise UserError(
            f"search {posed.name}: none of its treatments could be evaluated; raise its budget, "
            "or see the log of the simulator"
        )
    front = front_candidates(folder, posed.posed, result.evaluations, _FRONT_KEPT)
    best[tables.KIND], front[tables.KIND] = tables.BEST, tables.FRONT
    found = pd.concat([best, front], ignore_index=True)
    found[tables.TARGET] = posed.posed.target.name
    found[tables.HORIZON_MIN] = posed.posed.target.horizon_min
    found[tables.EVALUATOR] = posed.evaluator_name
    found[tables.SEARCH] = posed.name
    found[tables.METHOD] = posed.chosen.method.name
    found[tables.SEED] = posed.seed
    found[tables.EVALUATIONS] = result.evaluations
    found[tables.CPU_S] = result.cpu_s
    return found.reindex(columns=tables.CANDIDATES_SCHEMA.names)
