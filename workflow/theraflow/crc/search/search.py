"""One search for a therapy: an algorithm on a subject, within its budget, verified by COPASI."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig, SolverConfig
from theraflow.core.identity import content_hash
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.algorithms import make_evaluator, problem_file_of, spendable
from theraflow.crc.search.choice import NATIVE, choose_method, find_algorithm, finds_fronts
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.native.loop import SearchError, run_copasi
from theraflow.crc.search.native.settings import CopasiSettings
from theraflow.crc.search.problem import DRUG_QUANTITY, INEFFICACY, OBJECTIVE, TherapySearch
from theraflow.crc.therapy.problem import check_problem, write_problem
from theraflow.search import tables as search_tables
from theraflow.search.budget import Budget, CountedEvaluator
from theraflow.search.comparison.improvements import (
    evaluations_within,
    improving_rows,
    reduce_history,
)
from theraflow.search.comparison.pareto import front_of
from theraflow.search.evaluator import Evaluator
from theraflow.search.problem import Problem, Values
from theraflow.search.run import EndedBy, has_ended, identify, search, search_natively
from theraflow.search.verification import verify_candidate

# Relative errors of J above these are no rounding of a solver, by evaluator: several times the
# largest one that was measured (docs/crc-evaluators.md).
TOLERATED_GAP: Final = {"compiled": 1e-3, "copasi": 1.5e-3, NATIVE: 1.5e-3}


class VerificationError(RuntimeError):
    """A therapy that is not what its search said."""


@dataclass(frozen=True)
class Search:
    """A search that the config asks for; ``name`` is that of its algorithm there."""

    name: str
    algorithm: AlgorithmConfig
    seed: int
    config: SearchConfig
    therapies: TherapySearch
    subject_file: Path

    @property
    def budget(self) -> Budget:
        """What it may spend."""
        return spendable(self.algorithm, self.config)

    def folder(self, parent: Path) -> Path:
        """Name its history by all that decides it except its budget.

        A job that was killed, or that is given another budget, thus finds its history again, and
        one of another problem or method, of other code or another library never takes it up.
        """
        identity = identify(
            self.therapies.problem, self.evaluator, choose_method(self.algorithm), self.seed
        )
        return parent / f"{self.name}-{self.seed}-{content_hash(asdict(identity))}"

    @property
    def evaluator(self) -> Evaluator:
        """What simulates its therapies."""
        return make_evaluator(self.algorithm, self.therapies, self.config)


def pose_search(
    name: str, seed: int, config: SearchConfig, therapies: TherapySearch, subject_file: Path
) -> Search:
    """Pose the search by an algorithm of the config; raises ``UserError`` for one it lacks.

    ``subject_file`` is what ``therapies.subject`` was read from.
    """
    algorithm = find_algorithm(name, config)
    posed = replace(therapies, is_front=finds_fronts(algorithm))
    return Search(name, algorithm, seed, config, posed, subject_file)


def write_native_problem(posed: Search) -> None:
    """Write COPASI's file where a search by its own loop needs it, beside that of the subject."""
    if posed.algorithm.evaluator == NATIVE:
        file = problem_file_of(posed.subject_file)
        write_copasi_problem(posed.therapies, posed.config.search_solver, file)


def write_copasi_problem(therapies: TherapySearch, solver: SolverConfig, file: Path) -> None:
    """Write the search for one patient's therapy as COPASI's file."""
    (member,), (inefficacy,) = therapies.subject.members, therapies.inefficacies
    write_problem(
        file,
        member.start,
        therapies.model,
        therapies.model_config,
        therapies.config,
        solver,
        inefficacy,
    )


def lead_search(posed: Search, folder: Path) -> None:
    """Search within the budget, going on from what the history in ``folder`` holds."""
    problem, chosen = posed.therapies.problem, choose_method(posed.algorithm)
    evaluator, budget, seed = posed.evaluator, posed.budget, posed.seed
    if posed.algorithm.evaluator == NATIVE:
        search_natively(problem, evaluator, chosen, budget, seed, folder, _native_loop(posed))
    else:
        search(problem, evaluator, chosen, budget, seed, folder)


def rows_found(posed: Search, folder: Path) -> pa.Table:
    """Return the rows of a history that matter: improvements, or the front of two objectives.

    Only what lies within the budget counts. Columns are those of ``search.tables.history_schema``.
    """
    if posed.therapies.is_front:
        return front_found(posed, folder)
    problem = posed.therapies.problem
    evaluations = evaluations_within(folder, problem, posed.budget)
    return improving_rows(folder, problem, evaluations=evaluations)


def front_found(posed: Search, folder: Path) -> pa.Table:
    """Return the rows of a history that no other has both less inefficacy and less drugs than.

    A search of a single objective has passed them on its way. Budget and columns are as for
    ``rows_found``; rows are in the order of their inefficacy.
    """
    problem = posed.therapies.problem
    terms = [search_tables.TERM_PREFIX + name for name in (INEFFICACY, DRUG_QUANTITY)]
    evaluations = evaluations_within(folder, problem, posed.budget)
    return front_of([folder], problem, terms, evaluations=evaluations)


def summarise_search(posed: Search, folder: Path) -> dict[str, Any]:
    """Tell by the names of ``tables`` what a search has spent and found, its best verified.

    Of a search for a front no therapy is verified here. Raises ``SearchError`` when nothing
    feasible was found, ``VerificationError`` when the best therapy is not what the search said.
    """
    problem, evaluator = posed.therapies.problem, posed.evaluator
    evaluations = evaluations_within(folder, problem, posed.budget)
    spent, _ = reduce_history(folder, problem, evaluations=evaluations)
    row = spent.iloc[0]
    if not row[search_tables.FEASIBLE_EVALUATIONS]:
        raise SearchError(
            f"{posed.subject_file}: no therapy that honours the constraints was found within the "
            "budget; raise it, or loosen the limits of crc.therapy"
        )
    # Only then is the history read once more, for its length.
    ended_by_method = has_ended(folder) and evaluations == evaluations_within(
        folder, problem, Budget(wall_s=float("inf"))
    )
    summary: dict[str, Any] = {
        tables.ALGORITHM: posed.name,
        tables.SEED: posed.seed,
        tables.METHOD: posed.algorithm.method,
        tables.EVALUATOR: posed.algorithm.evaluator,
        tables.FIDELITY: evaluator.fidelity,
        **{name: int(row[name]) for name in tables.COUNTS},
        **{name: float(row[name]) for name in (tables.WALL_S, tables.CPU_S)},
        tables.ENDED_BY: str(EndedBy.METHOD if ended_by_method else EndedBy.BUDGET),
    }
    if posed.therapies.is_front:
        return summary
    rows = improving_rows(folder, problem, evaluations=evaluations)
    return summary | verify_best(posed, rows.slice(rows.num_rows - 1), evaluator)


def verify_best(posed: Search, best: pa.Table, evaluator: Evaluator) -> dict[str, Any]:
    """Evaluate the therapy of a row anew, by COPASI at tight tolerances, and tell the gap.

    Raises ``VerificationError`` when it breaks a constraint there, or J differs by more than the
    evaluator's solver explains.
    """
    problem = posed.therapies.problem
    found = float(best.column(search_tables.OBJECTIVE_PREFIX + OBJECTIVE)[0].as_py())
    verifier = CopasiEvaluator(posed.therapies, posed.config.verification_solver)
    verified = verify_candidate(problem, candidates_of(best, problem), found, verifier)
    if not verified.outcome.is_feasible[0]:
        raise VerificationError("the best therapy breaks a safety limit or gives nothing on day 1")
    if abs(verified.relative_gap) > TOLERATED_GAP[evaluator.name]:
        raise VerificationError(
            f"J is {found:.8g} in the search but {verified.objective:.8g} when verified"
        )
    terms = [term.name for term in problem.terms]
    return {
        tables.OBJECTIVE: found,
        tables.VERIFIED_OBJECTIVE: verified.objective,
        tables.RELATIVE_GAP: verified.relative_gap,
        tables.VERIFIER_FIDELITY: verifier.fidelity,
        "verified": dict(zip(terms, verified.outcome.terms[0].tolist(), strict=True)),
    }


def candidates_of(rows: pa.Table, problem: Problem) -> Values:
    """Read the candidates (n, d) of rows of a history."""
    columns = [
        rows.column(search_tables.PARAMETER_PREFIX + variable.name).to_numpy()
        for variable in problem.space.variables
    ]
    return np.column_stack(columns)


def _native_loop(posed: Search) -> Callable[[CountedEvaluator], None]:
    def loop(counted: CountedEvaluator) -> None:
        copasi = CopasiModel.from_file(problem_file_of(posed.subject_file))
        check_problem(copasi, posed.therapies.config)
        settings = choose_method(posed.algorithm).settings
        assert isinstance(settings, CopasiSettings)
        try:
            run_copasi(copasi, posed.therapies, settings, posed.seed, counted)
        finally:
            copasi.close()

    return loop
