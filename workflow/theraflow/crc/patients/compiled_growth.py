"""Growth of virtual patients by the compiled model, many at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from theraflow.crc import tables
from theraflow.crc.compiled.growth import GrowthOutcome, Growths, grow_candidates
from theraflow.crc.compiled.study import compile_model, treatment_of
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg

Patient = dict[str, Any]

# So many that no lane of the machine code is idle for long, and so few that a job which is killed
# loses little.
_AT_ONCE: Final = 128
_WHY_IMPLAUSIBLE: Final = (
    "the tumour has its initial diameter from the first cell on, an amount at therapy start is "
    "negative, or the untreated tumour shrinks after therapy start"
)
_WHY_FAILED: Final = "the solver of the compiled model came to no end"


class CompiledGrower:
    """Grows the candidates of a batch; with one that is asked for it grows those that follow.

    What a candidate becomes does not depend on those beside it.
    """

    def __init__(
        self, candidates: Sequence[Patient], model: StudyModel, conditions: GrowthConditions
    ) -> None:
        """Compile the model; raises ``UserError`` for what cannot be compiled."""
        therapy = conditions.therapy
        arms = [reference_therapy(therapy, tables.DRUGS_OF_ARM[arm]) for arm in tables.ARMS]
        self._weekly_dose_mg = np.array([weekly_doses_mg(arm, therapy) for arm in arms])
        self._treatment = treatment_of(therapy, conditions.model, therapy.horizon_days)
        self._kernel = compile_model(model, conditions.model)
        self._conditions = conditions
        self._candidates = candidates
        self._places = {each[tables.CANDIDATE]: place for place, each in enumerate(candidates)}
        self._grown: dict[str, Patient] = {}

    def grow(self, candidate: Mapping[str, object]) -> Patient:
        """Return the row of a candidate: as ``growth.grow_batch`` describes, without amounts."""
        name = str(candidate[tables.CANDIDATE])
        if name not in self._grown:
            first = self._places[name]
            self._grown = self._grow_together(self._candidates[first : first + _AT_ONCE])
        return self._grown[name]

    def failed(self, candidate: Mapping[str, object], reason: str) -> Patient:
        """Return the row of a candidate whose growth came to no end."""
        outcome = {
            tables.OUTCOME: str(GrowthOutcome.SOLVER_FAILED),
            tables.OUTCOME_DETAIL: reason,
        }
        return {**candidate, **outcome, **dict.fromkeys(tables.GROWTH_RESULTS, np.nan)}

    def _grow_together(self, candidates: Sequence[Patient]) -> dict[str, Patient]:
        target_mm = _column(candidates, [tables.INITIAL_DIAMETER_CM])[:, 0] * 10
        growths = grow_candidates(
            self._kernel,
            self._treatment,
            _column(candidates, self._kernel.equations.parameters),
            target_mm,
            self._conditions.limit_days,
            self._weekly_dose_mg,
            self._conditions.sample_days,
        )
        return {
            candidate[tables.CANDIDATE]: {
                **candidate,
                tables.OUTCOME: str(growths.outcome[row]),
                tables.OUTCOME_DETAIL: self._detail(growths.outcome[row], float(target_mm[row])),
                **_results(growths, row),
            }
            for row, candidate in enumerate(candidates)
        }

    def _detail(self, outcome: GrowthOutcome, target_mm: float) -> str:
        limit_days = self._conditions.limit_days
        return {
            GrowthOutcome.ADMISSIBLE: "",
            GrowthOutcome.NEVER_REACHES_DIAMETER: (
                f"less than {target_mm:.2f} mm in {limit_days:g} days"
            ),
            GrowthOutcome.IMPLAUSIBLE: _WHY_IMPLAUSIBLE,
            GrowthOutcome.SOLVER_FAILED: _WHY_FAILED,
        }[outcome]


def _column(candidates: Sequence[Patient], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[float(each[name]) for name in names] for each in candidates])


def _results(growths: Growths, row: int) -> dict[str, float]:
    results = {
        tables.START_DAY: growths.start_day[row],
        tables.START_DIAMETER_MM: growths.start_diameter_mm[row],
    }
    for column, arm in enumerate(tables.ARMS):
        results[tables.end_diameter(arm)] = growths.end_diameter_mm[row, column]
        results[tables.smallest_diameter(arm)] = growths.smallest_diameter_mm[row, column]
    return {name: float(value) for name, value in results.items()}
