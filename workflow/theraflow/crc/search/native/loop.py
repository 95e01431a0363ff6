"""One run of COPASI's optimisation, whose evaluations go to the recorder of all searches."""

import math
from collections.abc import Sequence
from typing import Any, Final

import COPASI
import numpy as np

from theraflow.core.identity import derive_seed
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.search.native.methods import (
    METHODS_RANKING_VIOLATIONS,
    choose_method,
)
from theraflow.crc.search.native.settings import CopasiSettings
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.search.budget import CountedEvaluator, SearchEnd
from theraflow.search.evaluator import Outcomes
from theraflow.search.problem import Values

_EVALUATIONS_ITEM: Final = "Function Evaluations"
# COPASI and we add up the same terms.
_RELATIVE_J_ERROR: Final = 1e-6


class SearchError(RuntimeError):
    """A search whose result cannot be trusted."""


def run_copasi(
    copasi: CopasiModel,
    search: TherapySearch,
    settings: CopasiSettings,
    seed: int,
    counted: CountedEvaluator,
) -> None:
    """Search until the budget is spent, which raises ``SearchEnd``, or the method ends.

    It starts from the best therapy so far, so that a search that was killed goes on. Raises
    ``SearchError`` when the result breaks a guard.
    """
    names = [variable.name for variable in search.problem.space.variables]
    if counted.best is not None:
        _start_at(copasi, counted.best.candidates[0])
    # A search that goes on must not draw the numbers of its first attempt again.
    later = counted.evaluations > 1
    choose_method(copasi, settings, _later_seed(seed, counted.evaluations) if later else seed)
    recorder = _Recorder(copasi, search, counted, names)
    _run(copasi, recorder)
    if recorder.end is not None:
        raise recorder.end


class _Recorder(COPASI.CProcessReport):  # type: ignore[misc]
    """COPASI's call-back: hands every evaluation to the counted evaluator, and ends the search.

    COPASI may be stopped only at the item of function evaluations, when the objective has just been
    calculated; stopped anywhere else it takes a truncated simulation for the best.
    """

    def __init__(
        self,
        copasi: CopasiModel,
        search: TherapySearch,
        counted: CountedEvaluator,
        parameters: Sequence[str],
    ) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.end: SearchEnd | None = None
        self.evaluations = 0
        self.lowest = math.inf
        self._search, self._counted = search, counted
        self._handles = 0
        self._evaluations_handle = -1
        self._problem = copasi.data_model.getTask("Optimization").getProblem()
        container = copasi.model.getMathContainer()
        self._diameter = container.getMathObject(
            COPASI.CCommonName(copasi.value_reference(DIAMETER_MM))
        )
        self._parameters = [
            container.getMathObject(copasi.entity(name).getInitialValueReference().getCN())
            for name in parameters
        ]

    def addItem(self, name: str, *_: object) -> int:  # noqa: N802
        """Remember the handle of the item that counts evaluations."""
        self._handles += 1
        if name == _EVALUATIONS_ITEM:
            self._evaluations_handle = self._handles
        return self._handles

    def progressItem(self, handle: int) -> bool:  # noqa: N802
        """Take an evaluation over; False stops COPASI."""
        if handle != self._evaluations_handle:
            return True
        try:
            self._take_evaluation()
        except SearchEnd as end:
            self.end = end
        except Exception as failure:
            self.failure = failure
        # Nothing raised must cross COPASI's C++ code.
        return self.end is None and self.failure is None

    def resetItem(self, _handle: int) -> bool:  # noqa: N802
        return True

    def finishItem(self, _handle: int) -> bool:  # noqa: N802
        return True

    def _take_evaluation(self) -> None:
        value = float(self._problem.getCalculateValue())
        candidate = np.array([[float(item.getValue()) for item in self._parameters]])
        # COPASI searches real periods of which the template takes the floor.
        space = self._search.problem.space
        candidate[:, space.is_integer] = np.floor(candidate[:, space.is_integer])
        # Gradients step over the bounds. COPASI's value is infinite where a simulation failed, and
        # the model's is then stale.
        is_inside = bool(space.contains(candidate).all())
        is_sound = math.isfinite(value) and is_inside
        diameter_mm = float(self._diameter.getValue()) if is_sound else math.nan
        # What is outside is no therapy: its period may be zero. A failure may have any doses.
        therapy = candidate if is_inside else np.array([self._search.problem.reference])
        evaluations = self._search.evaluations(therapy, np.array([[diameter_mm]]))
        # Some methods finish what they have begun before they heed a stop.
        self._note_lowest(value, self._counted.record(candidate, evaluations))

    def _note_lowest(self, value: float, outcomes: Outcomes) -> None:
        self.evaluations += 1
        if not outcomes.is_feasible[0]:
            return
        ours = float(outcomes.objectives[0, 0])
        if abs(value - ours) > _RELATIVE_J_ERROR * abs(ours):
            raise SearchError(f"J is {value:.10g} in the template, but {ours:.10g} by its terms")
        self.lowest = min(self.lowest, value)


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
    if not recorder.evaluations and recorder.end is None:
        raise SearchError("COPASI evaluated no therapy")
    ranked = task.getMethod().getObjectName() in METHODS_RANKING_VIOLATIONS
    if not ranked and not problem.getConstraintEvaluations():
        raise SearchError("COPASI did not evaluate the constraints")
    # Once stopped, COPASI may evaluate some more therapies, which count for nobody.
    if recorder.end is None and problem.getSolutionValue() < recorder.lowest * (
        1 - _RELATIVE_J_ERROR
    ):
        raise SearchError(
            f"COPASI's best J, {problem.getSolutionValue():.8g}, is of a therapy that breaks a "
            f"constraint; the best that honours them has {recorder.lowest:.8g}"
        )


def _start_at(copasi: CopasiModel, best: Values) -> None:
    problem: Any = copasi.data_model.getTask("Optimization").getProblem()
    for index, value in enumerate(best.tolist()):
        problem.getOptItem(index).setStartValue(value)


def _later_seed(seed: int, evaluations: int) -> int:
    return 1 + derive_seed({"seed": seed, "evaluation": evaluations}) % (2**31 - 2)
