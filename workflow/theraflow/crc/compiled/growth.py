"""Growth of many candidates from one cancer cell to therapy start, and their arms."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.crc.compiled.machine.jobs import FAILED, REACHED_HORIZON, Floats, Results
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.simulator import TIGHT, Doses, Patients, Simulator
from theraflow.crc.compiled.therapies import Treatment, treat, treated_patients

# Therapy start must be exact, as all therapies of a patient begin there; of arms diameters count.
_GROWTH: Final = TIGHT
_ARMS: Final = 1e-5
# Amounts this far below zero are rounding of the solver, in whatever unit.
_LEAST_AMOUNT: Final = -1e-6


class GrowthOutcome(StrEnum):
    """What became of a candidate, in the words of ``theraflow.crc.patients``."""

    ADMISSIBLE = "admissible"
    NEVER_REACHES_DIAMETER = "never_reaches_diameter"
    IMPLAUSIBLE = "implausible"
    SOLVER_FAILED = "solver_failed"


@dataclass(frozen=True)
class Growths:
    """What became of candidates, one per row.

    ``outcome``, day and diameter of therapy start have shape (candidates,), the amounts there
    (candidates, states), the diameters of the arms at the horizon and the smallest sampled ones
    (candidates, arms). What is not known is NaN.
    """

    outcome: NDArray[np.object_]
    start_day: Floats
    start_diameter_mm: Floats
    amounts: Floats
    end_diameter_mm: Floats
    smallest_diameter_mm: Floats


def grow_candidates(
    kernel: Kernel,
    treatment: Treatment,
    parameters: Floats,
    target_diameter_mm: Floats,
    growth_limit_days: float,
    weekly_dose_mg: Floats,
    sample_days: float,
) -> Growths:
    """Grow candidates until their tumour has the target diameter, then treat them.

    ``parameters`` has shape (candidates, parameters) in the order of the kernel's equations,
    ``target_diameter_mm`` (candidates,). ``weekly_dose_mg`` has shape (arms, drugs, weeks); the
    first arm is the untreated one. A candidate is judged as if it were the only one.
    """
    simulator = Simulator(kernel, _GROWTH)
    target = target_diameter_mm / treatment.diameter_unit_mm
    start, first_output = simulator.start(parameters)
    grown = _grow(simulator, treatment, parameters, start, target, growth_limit_days)
    growths = Growths(
        outcome=_growth_outcomes(grown, first_output >= target),
        start_day=grown.end_day,
        start_diameter_mm=treatment.diameter_unit_mm * grown.end_output,
        amounts=grown.end_state,
        end_diameter_mm=np.full((len(parameters), len(weekly_dose_mg)), np.nan),
        smallest_diameter_mm=np.full((len(parameters), len(weekly_dose_mg)), np.nan),
    )
    started = np.flatnonzero(growths.outcome == GrowthOutcome.ADMISSIBLE)
    _treat_arms(
        Simulator(kernel, _ARMS),
        treatment,
        parameters,
        growths,
        started,
        weekly_dose_mg,
        sample_days,
    )
    for values in (growths.start_day, growths.start_diameter_mm, growths.amounts):
        values[growths.outcome != GrowthOutcome.ADMISSIBLE] = np.nan
    return growths


def _grow(
    simulator: Simulator,
    treatment: Treatment,
    parameters: Floats,
    start: Floats,
    target: Floats,
    growth_limit_days: float,
) -> Results:
    count, drugs = len(parameters), len(treatment.dosed)
    no_doses = Doses(
        amounts=np.zeros((count, drugs, 0)),
        days=np.zeros(0),
        dosed=np.zeros(drugs, dtype=np.int64),
    )
    patients = Patients(parameters, start, np.abs(start))
    return simulator.run(patients, np.arange(count), no_doses, growth_limit_days, target)


def _growth_outcomes(grown: Results, is_there_at_once: NDArray[np.bool_]) -> NDArray[np.object_]:
    is_sound = ~is_there_at_once & (grown.end_state >= _LEAST_AMOUNT).all(axis=1)
    outcome = np.where(is_sound, GrowthOutcome.ADMISSIBLE, GrowthOutcome.IMPLAUSIBLE).astype(object)
    outcome[grown.status == REACHED_HORIZON] = GrowthOutcome.NEVER_REACHES_DIAMETER
    outcome[grown.status == FAILED] = GrowthOutcome.SOLVER_FAILED
    return outcome


def _treat_arms(
    simulator: Simulator,
    treatment: Treatment,
    parameters: Floats,
    growths: Growths,
    started: NDArray[np.int64],
    weekly_dose_mg: Floats,
    sample_days: float,
) -> None:
    """Simulate the arms of the candidates in the rows ``started`` and complete ``growths``."""
    arms, count = len(weekly_dose_mg), len(started)
    patients = treated_patients(
        simulator.kernel, treatment, parameters[started], growths.amounts[started]
    )
    results = treat(
        simulator,
        treatment,
        patients,
        np.repeat(np.arange(count), arms),
        np.tile(weekly_dose_mg, (count, 1, 1)),
        sample_days,
    )
    unit_mm = treatment.diameter_unit_mm
    ends_mm = unit_mm * results.end_output.reshape(count, arms)
    is_failed = (results.status == FAILED).reshape(count, arms).any(axis=1)
    shrinks = ends_mm[:, 0] < growths.start_diameter_mm[started]
    growths.outcome[started[shrinks]] = GrowthOutcome.IMPLAUSIBLE
    growths.outcome[started[is_failed]] = GrowthOutcome.SOLVER_FAILED
    kept = ~shrinks & ~is_failed
    growths.end_diameter_mm[started[kept]] = ends_mm[kept]
    smallest_mm = unit_mm * results.smallest.reshape(count, arms)
    growths.smallest_diameter_mm[started[kept]] = smallest_mm[kept]
