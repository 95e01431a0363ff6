"""Search for the therapy of one patient with one of COPASI's methods, within our own budget."""

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import COPASI
import numpy as np
import pandas as pd

from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.algorithms import METHODS_RANKING_VIOLATIONS, choose_algorithm
from theraflow.crc.search.history import History, Spent
from theraflow.crc.therapy.problem import CONSTRAINTS, BrokenProblemError, check_problem
from theraflow.crc.therapy.template import (
    DIAMETER_MM,
    DRUG_PERCENT,
    DRUG_QUANTITY,
    FIRST_DOSE,
    INEFFICACY,
    OBJECTIVE,
    SAFETY,
    START_DIAMETER_MM,
)
from theraflow.crc.therapy.therapy import (
    drug_quantity_percent,
    inefficacy_mm,
    is_allowed,
    objective,
    parameter_names,
    therapy_from_vector,
)
from theraflow.work.ledger.journal import Journal

_EVALUATIONS_ITEM = "Function Evaluations"
# Tolerances of the search shift J by some 1e-5 of itself; a truncated simulation by far more.
_RELATIVE_J_ERROR = 1e-4
_ABSOLUTE_J_ERROR = 1e-3

_RECORDED = {
    tables.OBJECTIVE: OBJECTIVE,
    tables.INEFFICACY_MM: INEFFICACY,
    tables.DRUG_QUANTITY_PERCENT: DRUG_QUANTITY,
    tables.DRUG_PERCENT[0]: DRUG_PERCENT[0],
    tables.DRUG_PERCENT[1]: DRUG_PERCENT[1],
    tables.SAFETY_EXCESS_MG[0]: SAFETY[0],
    tables.SAFETY_EXCESS_MG[1]: SAFETY[1],
}


class SearchError(RuntimeError):
    """A search whose result cannot be trusted."""


@dataclass(frozen=True)
class SearchResult:
    """All improvements of a search, the budget it used, and its best therapy verified.

    ``ended_by`` is ``budget`` or ``method`` (the method stopped by itself).
    """

    improvements: pd.DataFrame
    spent: Spent
    verified: dict[str, float]
    ended_by: str


def search_therapy(
    problem_file: Path, algorithm: str, seed: int, history_file: Path, config: CrcConfig
) -> SearchResult:
    """Search within the budget of the config and verify the best therapy found.

    A history file of a killed search is taken up: the search goes on from its best therapy with
    what is left of the budget. Raises ``SearchError`` when the result breaks a guard,
    ``BrokenProblemError`` when the problem is not whole, ``UserError`` for an unknown algorithm.
    """
    if algorithm not in config.search.algorithms:
        raise UserError(
            f"algorithm '{algorithm}': choose one of {', '.join(config.search.algorithms)}"
        )
    with Journal(history_file) as journal:
        history = History(journal)
        ended_by = "budget"
        if not _is_exhausted(history.spent, config):
            ended_by = _search(problem_file, algorithm, seed, history, config)
        improvements, spent = history.improvements, history.spent
    if improvements.empty:
        raise SearchError(f"{problem_file}: no therapy that honours the constraints was found")
    improvements = improvements[
        [*asdict(spent), *_RECORDED, *parameter_names(config.therapy)]
    ].reset_index(drop=True)
    verified = verify_therapy(problem_file, improvements.iloc[-1], config)
    return SearchResult(improvements, spent, verified, ended_by)


def _search(
    problem_file: Path, algorithm: str, seed: int, history: History, config: CrcConfig
) -> str:
    copasi = CopasiModel.from_file(problem_file)
    check_problem(copasi, config)
    improvements, spent = history.improvements, history.spent
    if len(improvements):
        _start_at(copasi, improvements.iloc[-1], config)
    # A search that goes on must not draw the numbers of its first attempt again.
    attempt_seed = _later_seed(seed, spent) if spent.evaluation else seed
    choose_algorithm(copasi, config.search.algorithms[algorithm], attempt_seed)
    ended_by = _run(copasi, _Recorder(copasi, history, config))
    copasi.close()
    return ended_by


def verify_therapy(
    problem_file: Path, best: "pd.Series[Any]", config: CrcConfig
) -> dict[str, float]:
    """Simulate a therapy again, from its parameters, in a fresh model at tight tolerances.

    Returns its objective, inefficacy, drug quantity and diameters. Raises ``SearchError`` when J
    differs, when J is not what its definition gives, or when the therapy breaks a constraint.
    """
    names = parameter_names(config.therapy)
    vector = best[names].to_numpy(dtype=float)
    therapy = therapy_from_vector(vector, config.therapy)
    if not is_allowed(therapy, config.therapy):
        raise SearchError("the best therapy breaks a safety limit or gives nothing on day 1")
    copasi = CopasiModel.from_file(problem_file)
    copasi.set_initial_values(dict(zip(names, vector.tolist(), strict=True)))
    copasi.simulate(config.therapy.horizon_days, config.search.verification_solver)
    start_mm, end_mm = copasi.value(START_DIAMETER_MM), copasi.value(DIAMETER_MM)
    found = copasi.value(OBJECTIVE)
    copasi.close()
    inefficacy = inefficacy_mm(start_mm, end_mm)
    drug_quantity = drug_quantity_percent(therapy, config.therapy)
    defined = objective(inefficacy, drug_quantity, config.therapy)
    for value, meaning in ((float(best[tables.OBJECTIVE]), "search"), (found, "template")):
        if abs(value - defined) > max(_ABSOLUTE_J_ERROR, _RELATIVE_J_ERROR * abs(defined)):
            raise SearchError(f"J is {value:.8g} in the {meaning} but {defined:.8g} when verified")
    return {
        tables.OBJECTIVE: defined,
        tables.INEFFICACY_MM: inefficacy,
        tables.DRUG_QUANTITY_PERCENT: drug_quantity,
        tables.START_DIAMETER_MM: start_mm,
        tables.DIAMETER_MM: end_mm,
    }


class _Recorder(COPASI.CProcessReport):  # type: ignore[misc]
    """COPASI's call-back: counts evaluations, records improvements, ends the search.

    COPASI may be stopped only at the item of function evaluations, when the objective has just been
    calculated; stopped anywhere else it takes a truncated simulation for the best.
    """

    def __init__(
        self,
        copasi: CopasiModel,
        history: History,
        config: CrcConfig,
    ) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.evaluations = 0
        self.exhausted = False
        self._history = history
        self._config = config
        self._spent_before = history.spent
        self._best = _best_so_far(history.improvements)
        self.lowest = self._best
        self._handles = 0
        self._evaluations_handle = -1
        self._problem = copasi.data_model.getTask("Optimization").getProblem()
        container = copasi.model.getMathContainer()
        self._recorded = {
            column: container.getMathObject(COPASI.CCommonName(copasi.value_reference(name)))
            for column, name in {**_RECORDED, FIRST_DOSE: FIRST_DOSE}.items()
        }
        self._parameters = {
            name: container.getMathObject(copasi.entity(name).getInitialValueReference().getCN())
            for name in parameter_names(config.therapy)
        }
        self._started, self._cpu_started = time.perf_counter(), time.process_time()

    def addItem(self, name: str, *_: object) -> int:  # noqa: N802
        """Remember the handle of the item that counts evaluations."""
        self._handles += 1
        if name == _EVALUATIONS_ITEM:
            self._evaluations_handle = self._handles
        return self._handles

    def progressItem(self, handle: int) -> bool:  # noqa: N802
        """Count an evaluation; False stops COPASI."""
        if handle != self._evaluations_handle:
            return True
        try:
            return self._take_evaluation()
        except Exception as failure:
            # It must not cross COPASI's C++ code.
            self.failure = failure
            return False

    def resetItem(self, _handle: int) -> bool:  # noqa: N802
        return True

    def finishItem(self, _handle: int) -> bool:  # noqa: N802
        return True

    def note_end(self) -> None:
        """Note the whole budget used in the history."""
        self._history.note_progress(self.spent(), now=True)

    def spent(self) -> Spent:
        """Return the budget used, earlier attempts included."""
        before = self._spent_before
        return Spent(
            before.evaluation + self.evaluations,
            before.seconds + time.perf_counter() - self._started,
            before.cpu_seconds + time.process_time() - self._cpu_started,
        )

    def _take_evaluation(self) -> bool:
        values = {column: float(quantity.getValue()) for column, quantity in self._recorded.items()}
        # COPASI's own value is infinite where the simulation failed; the model's is then stale.
        values[tables.OBJECTIVE] = float(self._problem.getCalculateValue())
        if _honours_constraints(values):
            self.lowest = min(self.lowest, values[tables.OBJECTIVE])
        # Some methods finish what they have begun before they heed a stop.
        if self.exhausted:
            return False
        self.evaluations += 1
        spent = self.spent()
        if self.lowest < self._best:
            self._best = self.lowest
            self._history.add_improvement(
                spent,
                {
                    **{column: values[column] for column in _RECORDED},
                    **{name: float(item.getValue()) for name, item in self._parameters.items()},
                },
            )
        self.exhausted = _is_exhausted(spent, self._config)
        self._history.note_progress(spent, now=self.exhausted)
        return not self.exhausted


def _run(copasi: CopasiModel, recorder: _Recorder) -> str:
    task = copasi.data_model.getTask("Optimization")
    problem = task.getProblem()
    copasi.model.compileIfNecessary()
    task.setCallBack(recorder)
    try:
        if not task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI):
            raise BrokenProblemError("COPASI cannot initialise the optimisation")
        task.processRaw(True)
    finally:
        task.clearCallBack()
    if recorder.failure is not None:
        raise recorder.failure
    if not recorder.evaluations:
        raise SearchError("COPASI evaluated no therapy")
    ranked = task.getMethod().getObjectName() in METHODS_RANKING_VIOLATIONS
    if not ranked and not problem.getConstraintEvaluations():
        raise SearchError("COPASI did not evaluate the constraints")
    if problem.getSolutionValue() < recorder.lowest - _ABSOLUTE_J_ERROR:
        raise SearchError(
            f"COPASI's best J, {problem.getSolutionValue():.8g}, is of a therapy that breaks a "
            f"constraint; the best that honours them has {recorder.lowest:.8g}"
        )
    recorder.note_end()
    return "budget" if recorder.exhausted else "method"


def _best_so_far(improvements: pd.DataFrame) -> float:
    return math.inf if improvements.empty else float(improvements.iloc[-1][tables.OBJECTIVE])


def _honours_constraints(values: dict[str, float]) -> bool:
    held = {
        SAFETY[0]: values[tables.SAFETY_EXCESS_MG[0]],
        SAFETY[1]: values[tables.SAFETY_EXCESS_MG[1]],
        FIRST_DOSE: values[FIRST_DOSE],
    }
    return all(
        float(lower) <= held[name] <= float(upper) for name, (lower, upper) in CONSTRAINTS.items()
    )


def _is_exhausted(spent: Spent, config: CrcConfig) -> bool:
    seconds, evaluations = config.search.budget_seconds, config.search.budget_evaluations
    if evaluations is not None:
        return spent.evaluation >= evaluations
    return seconds is not None and spent.seconds >= seconds


def _start_at(copasi: CopasiModel, best: "pd.Series[Any]", config: CrcConfig) -> None:
    problem = copasi.data_model.getTask("Optimization").getProblem()
    values = best[parameter_names(config.therapy)].to_numpy(dtype=np.float64)
    for index, value in enumerate(values):
        problem.getOptItem(index).setStartValue(float(value))


def _later_seed(seed: int, spent: Spent) -> int:
    return 1 + derive_seed({"seed": seed, "evaluation": spent.evaluation}) % (2**31 - 2)
