"""Growth of virtual patients from one cancer cell to therapy start, and their reference arms."""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.search import SolverConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import TIME_DAYS, CopasiModel, SolverError
from theraflow.crc.model.pruning import absent_quantities
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.template import PatientStart, build_template
from theraflow.crc.therapy.therapy import parameter_names, parameter_vector, reference_therapy

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

_OUTPUT_STEP_DAYS = 10.0
# Amounts this far below zero are rounding of the solver, in whatever unit.
_LEAST_AMOUNT = -1e-6
_RETRY_FACTORS = (1.0, 10.0, 0.1)


class Outcome(StrEnum):
    """The outcome of a candidate."""

    ADMISSIBLE = "admissible"
    NEVER_REACHES_DIAMETER = "never_reaches_diameter"
    IMPLAUSIBLE = "implausible"
    SOLVER_FAILED = "solver_failed"


class NeverReachesDiameterError(Exception):
    """A candidate's tumour stays below its initial diameter for the time allowed."""


class ImplausibleError(Exception):
    """A candidate's tumour does what no untreated tumour does."""


def grow_batch(
    candidates: pd.DataFrame, model: StudyModel, conditions: GrowthConditions
) -> pd.DataFrame:
    """Grow every candidate and return one row each.

    Columns: those of ``candidates``, the outcome with a detail, and for admissible patients the
    day and diameter of therapy start, the amounts of all species there, and end and smallest
    diameter of the four reference arms (NaN otherwise).
    """
    grower = Grower(model, conditions)
    return pd.DataFrame([grower.grow(candidate) for candidate in records(candidates)])


class Grower:
    """Grows candidates one by one, each as if it were the only one."""

    def __init__(self, model: StudyModel, conditions: GrowthConditions) -> None:
        self._model = model
        self._conditions = conditions
        self._grown = CopasiModel.from_sbml(sbml.document_text(model.document), model.origin)
        # The solver's rounding leaves them at some 1e-20, by which COPASI scales their tolerance.
        absent = absent_quantities(model.document.getModel(), given_later=set())
        self._absent = absent & set(self._grown.species)

    def grow(self, candidate: Mapping[str, object]) -> dict[str, object]:
        """Return the row of a candidate that ``grow_batch`` describes."""
        try:
            result = _grow_patient(
                candidate, self._grown, self._absent, self._model, self._conditions
            )
        except NeverReachesDiameterError as problem:
            return self._row(candidate, Outcome.NEVER_REACHES_DIAMETER, str(problem))
        except ImplausibleError as problem:
            return self._row(candidate, Outcome.IMPLAUSIBLE, str(problem))
        except SolverError as problem:
            return self.failed(candidate, str(problem))
        return self._row(candidate, Outcome.ADMISSIBLE, "") | result

    def failed(self, candidate: Mapping[str, object], reason: str) -> dict[str, object]:
        """Return the row of a candidate whose growth came to no end."""
        return self._row(candidate, Outcome.SOLVER_FAILED, reason)

    def _row(
        self, candidate: Mapping[str, object], outcome: Outcome, detail: str
    ) -> dict[str, object]:
        return {
            **candidate,
            tables.OUTCOME: str(outcome),
            tables.OUTCOME_DETAIL: detail,
            **_empty_result(self._grown),
        }


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return a table's rows as plain dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def patient_start(row: Mapping[str, object], model: StudyModel) -> PatientStart:
    """Read the state of an admissible patient at therapy start from a row of ``grow_batch``.

    Raises ``UserError`` when the row is of a patient of another model.
    """
    demand_parameters(row, model)
    parameters = {name: float(str(row[name])) for name in model.patient_parameters}
    amounts = {
        str(name).removeprefix(tables.AMOUNT_PREFIX): float(str(value))
        for name, value in row.items()
        if str(name).startswith(tables.AMOUNT_PREFIX)
    }
    return PatientStart(parameters, amounts, float(str(row[tables.START_DIAMETER_MM])))


def demand_parameters(row: Mapping[str, object], model: StudyModel) -> None:
    """Raise ``UserError`` when a row is of a patient of another model."""
    absent = [name for name in model.patient_parameters if name not in row]
    if absent:
        raise UserError(
            f"patient {row[tables.CANDIDATE]}: has no parameter '{absent[0]}', as the model in "
            f"{model.origin} asks for; give the config that the patient was grown with"
        )


def _grow_patient(
    candidate: Mapping[str, object],
    grown: CopasiModel,
    absent: set[str],
    model: StudyModel,
    conditions: GrowthConditions,
) -> dict[str, object]:
    parameters = {name: float(str(candidate[name])) for name in model.patient_parameters}
    grown.set_initial_values(parameters)
    target_mm = 10 * float(str(candidate[tables.INITIAL_DIAMETER_CM]))
    start_day = _start_day(grown, target_mm, conditions)
    _simulate(grown, start_day, conditions.growth_solver, [])
    amounts = grown.amounts() | dict.fromkeys(absent, 0.0)
    if not all(math.isfinite(amount) for amount in amounts.values()):
        raise ImplausibleError("an amount at therapy start is not finite")
    negative = [name for name, amount in amounts.items() if amount < _LEAST_AMOUNT]
    if negative:
        raise ImplausibleError(f"{negative[0]} is negative at therapy start")
    diameter_mm = _diameter_mm(grown, conditions)
    start = PatientStart(parameters, amounts, diameter_mm)
    return {
        tables.START_DAY: start_day,
        tables.START_DIAMETER_MM: diameter_mm,
        **_reference_arms(start, model, conditions),
        **{tables.AMOUNT_PREFIX + name: amount for name, amount in amounts.items()},
    }


def _start_day(grown: CopasiModel, target_mm: float, conditions: GrowthConditions) -> float:
    name = conditions.model.names.tumour_diameter
    course = _simulate(
        grown, conditions.limit_days, conditions.growth_solver, [name], _OUTPUT_STEP_DAYS
    )
    diameter_mm = conditions.model.diameter_unit_mm * course[name].to_numpy()
    if not np.isfinite(diameter_mm).all():
        raise ImplausibleError("the untreated diameter is not finite")
    if not (diameter_mm >= target_mm).any():
        raise NeverReachesDiameterError(
            f"{diameter_mm.max():.2f} mm of {target_mm:.2f} mm in {conditions.limit_days:g} days"
        )
    if diameter_mm[0] >= target_mm:
        raise ImplausibleError("the tumour has its initial diameter from the first cell on")
    days = course[TIME_DAYS].to_numpy()
    day = day_of_diameter(days, diameter_mm, target_mm)
    # Between outputs the spline errs where a tumour grows fast: by one step of Newton's method,
    # the simulated tumour is what it should be.
    _simulate(grown, day, conditions.growth_solver, [])
    miss_mm = target_mm - _diameter_mm(grown, conditions)
    growth_mm_per_day = float(_spline(days, diameter_mm)(day, 1))
    if growth_mm_per_day <= 0:
        return day
    return day + min(max(miss_mm / growth_mm_per_day, -_OUTPUT_STEP_DAYS), _OUTPUT_STEP_DAYS)


def _diameter_mm(grown: CopasiModel, conditions: GrowthConditions) -> float:
    names = conditions.model.names
    return conditions.model.diameter_unit_mm * grown.value(names.tumour_diameter)


def day_of_diameter(
    days: NDArray[np.float64], diameter_mm: NDArray[np.float64], target_mm: float
) -> float:
    """Return the day on which a tumour first has a diameter, by a spline through its course.

    ``days`` and ``diameter_mm`` have shape (outputs,); the first diameter is below the target, and
    some later one is not.
    """
    # Imported late, as the spline: jobs that grow nobody need not spend the time.
    from scipy.optimize import brentq

    first = int(np.flatnonzero(diameter_mm >= target_mm)[0])
    before, after = float(days[first - 1]), float(days[first])
    spline = _spline(days, diameter_mm)
    # On the last day the spline may be below what it goes through, by its own rounding.
    if spline(after) <= target_mm:
        return after
    return float(brentq(lambda day: float(spline(day)) - target_mm, before, after))


def _spline(days: NDArray[np.float64], diameter_mm: NDArray[np.float64]) -> "CubicSpline":
    from scipy.interpolate import CubicSpline

    return CubicSpline(days, diameter_mm)


def _reference_arms(
    start: PatientStart, model: StudyModel, conditions: GrowthConditions
) -> dict[str, object]:
    document = build_template(model.document, start, conditions.model, conditions.therapy)
    treated = CopasiModel.from_sbml(sbml.document_text(document), model.origin)
    names = parameter_names(conditions.therapy)
    result: dict[str, object] = {}
    try:
        for arm in tables.ARMS:
            therapy = reference_therapy(conditions.therapy, tables.DRUGS_OF_ARM[arm])
            vector = parameter_vector(therapy)
            treated.set_initial_values(dict(zip(names, vector.tolist(), strict=True)))
            course = _simulate(
                treated,
                conditions.therapy.horizon_days,
                conditions.arms_solver,
                [DIAMETER_MM],
                conditions.sample_days,
            )
            diameter_mm = course[DIAMETER_MM].to_numpy()
            if not np.isfinite(diameter_mm).all():
                raise ImplausibleError(f"the diameter of arm {arm} is not finite")
            result[tables.end_diameter(arm)] = diameter_mm[-1]
            result[tables.smallest_diameter(arm)] = diameter_mm[1:].min()
    finally:
        treated.close()
    if float(str(result[tables.end_diameter("untreated")])) < start.diameter_mm:
        raise ImplausibleError("the untreated tumour shrinks after therapy start")
    return result


def _simulate(
    model: CopasiModel,
    duration_days: float,
    solver: SolverConfig,
    outputs: list[str],
    step_days: float | None = None,
) -> pd.DataFrame:
    """Simulate; when the solver fails, try again with tolerances ten times looser, then tighter."""
    for factor in _RETRY_FACTORS:
        tolerances = {
            "relative_tolerance": factor * solver.relative_tolerance,
            "absolute_tolerance": factor * solver.absolute_tolerance,
        }
        try:
            return model.simulate(
                duration_days, solver.model_copy(update=tolerances), outputs, step_days
            )
        except SolverError as problem:
            last_problem = problem
    raise last_problem


def _empty_result(grown: CopasiModel) -> dict[str, object]:
    amounts = (tables.AMOUNT_PREFIX + name for name in grown.species)
    return dict.fromkeys([*tables.GROWTH_RESULTS, *amounts], math.nan)
