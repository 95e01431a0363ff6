"""One run of COPASI's optimisation: every evaluation counted, every improvement written down.

What decides what a search finds in a given problem is here and in ``algorithms``: histories are
named by the fingerprint of this code.
"""

import math
import time
from collections.abc import Sequence
from typing import Any, Final

import COPASI
import numpy as np
import pandas as pd

from theraflow.config.crc.search import AlgorithmConfig
from theraflow.core.identity import derive_seed
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.algorithms import METHODS_RANKING_VIOLATIONS, choose_algorithm
from theraflow.crc.search.budget import Budget, Spent
from theraflow.crc.search.history import History
from theraflow.crc.therapy.quantities import (
    CONSTRAINTS,
    DRUG_PERCENT,
    DRUG_QUANTITY,
    FIRST_DOSE,
    INEFFICACY,
    OBJECTIVE,
    SAFETY,
)

_EVALUATIONS_ITEM: Final = "Function Evaluations"
_ABSOLUTE_J_ERROR: Final = 1e-3

# Columns of an improvement, and the quantities of the template that they hold.
RECORDED: Final = {
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


def run_search(
    copasi: CopasiModel,
    algorithm: AlgorithmConfig,
    seed: int,
    history: History,
    budget: Budget,
    parameters: Sequence[str],
) -> None:
    """Search until the budget is exhausted or the method ends, and write the history.

    A history that is not empty goes on from its best therapy, with what is left of the budget.
    ``parameters`` names those of the therapy. Raises ``SearchError`` when the result breaks a
    guard.
    """
    improvements, spent = history.improvements, history.spent
    if len(improvements):
        _start_at(copasi, improvements.iloc[-1], parameters)
    # A search that goes on must not draw the numbers of its first attempt again.
    attempt_seed = _later_seed(seed, spent) if spent.evaluation else seed
    choose_algorithm(copasi, algorithm, attempt_seed)
    recorder = _Recorder(copasi, history, budget, parameters)
    _run(copasi, recorder)
    if recorder.exhausted:
        history.note_progress(recorder.spent(), now=True)
    else:
        history.note_end(recorder.spent())


class _Recorder(COPASI.CProcessReport):  # type: ignore[misc]
    """COPASI's call-back: counts evaluations, records improvements, ends the search.

    COPASI may be stopped only at the item of function evaluations, when the objective has just been
    calculated; stopped anywhere else it takes a truncated simulation for the best.
    """

    def __init__(
        self,
        copasi: CopasiModel,
        history: History,
        budget: Budget,
        parameters: Sequence[str],
    ) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.evaluations = 0
        self.exhausted = False
        self._history = history
        self._budget = budget
        self._spent_before = history.spent
        self._best = _best_so_far(history.improvements)
        self.lowest = self._best
        self._handles = 0
        self._evaluations_handle = -1
        self._problem = copasi.data_model.getTask("Optimization").getProblem()
        container = copasi.model.getMathContainer()
        self._recorded = {
            column: container.getMathObject(COPASI.CCommonName(copasi.value_reference(name)))
            for column, name in {**RECORDED, FIRST_DOSE: FIRST_DOSE}.items()
        }
        self._parameters = {
            name: container.getMathObject(copasi.entity(name).getInitialValueReference().getCN())
            for name in parameters
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
                    **{column: values[column] for column in RECORDED},
                    **{name: float(item.getValue()) for name, item in self._parameters.items()},
                },
            )
        self.exhausted = self._budget.is_exhausted(spent)
        self._history.note_progress(spent, now=self.exhausted)
        return not self.exhausted


def _run(copasi: CopasiModel, recorder: _Recorder) -> None:
    task = copasi.data_model.getTask("Optimization")
    problem = task.getProblem()
    copasi.model.compileIfNecessary()
    task.setCallBack(recorder)
    try:
        if not task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI):
            raise SearchError("COPASI cannot initialise the optimisation")
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


def _start_at(copasi: CopasiModel, best: "pd.Series[Any]", parameters: Sequence[str]) -> None:
    problem = copasi.data_model.getTask("Optimization").getProblem()
    values = best[list(parameters)].to_numpy(dtype=np.float64)
    for index, value in enumerate(values):
        problem.getOptItem(index).setStartValue(float(value))


def _later_seed(seed: int, spent: Spent) -> int:
    return 1 + derive_seed({"seed": seed, "evaluation": spent.evaluation}) % (2**31 - 2)
