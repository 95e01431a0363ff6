"""Simulations of many jobs at a chosen tolerance."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from theraflow.crc.compiled.machine.driver import run_jobs
from theraflow.crc.compiled.machine.jobs import (
    Floats,
    Functions,
    Integers,
    Jobs,
    Results,
    idle_lanes,
    no_results,
)
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.machine.program import OBSERVE, OBSERVE_WITHIN, PREPARE, START, STEP

# An absolute tolerance is that share of the relative one, times the scale of the amount.
_SHARE_OF_SCALE: Final = 1e-3
# Far below any amount; keeps the error of what is absent for ever at zero.
_LEAST_TOLERANCE: Final = 1e-30
_FIRST_STEP_DAYS: Final = 1e-3
_MOST_STEPS: Final = 100_000


# Relative tolerances: errors of J stay below 2e-4 and 1e-6 (docs/crc-evaluators.md).
SEARCHING: Final = 1e-4
TIGHT: Final = 1e-6


@dataclass(frozen=True)
class Patients:
    """Patients as rows: parameters, states at time zero and what their amounts are measured by.

    ``parameters`` has shape (patients, parameters), the other two (patients, states), in the order
    of the kernel's equations.
    """

    parameters: Floats
    start: Floats
    scale: Floats


@dataclass(frozen=True)
class Doses:
    """Doses of shape (jobs, drugs, times), in the model's unit of amount, on ``days`` (times,).

    ``dosed`` points to the state that each drug enters.
    """

    amounts: Floats
    days: Floats
    dosed: Integers


class Simulator:
    """Runs simulations of one kernel, at one tolerance, in one thread."""

    def __init__(self, kernel: Kernel, relative_tolerance: float) -> None:
        self.kernel = kernel
        self._relative_tolerance = relative_tolerance
        self._workspace = kernel.workspace()
        functions = kernel.functions
        self._functions = Functions(
            prepare=functions[PREPARE],
            step=functions[STEP],
            observe=functions[OBSERVE],
            observe_within=functions[OBSERVE_WITHIN],
        )

    def run(
        self,
        patients: Patients,
        patient: Integers,
        doses: Doses,
        horizon_days: float,
        target: Floats | None = None,
        sample_days: float = np.inf,
    ) -> Results:
        """Simulate one job per entry of ``patient``, the row of its patient.

        A job ends at the horizon, or where its output rises to its entry of ``target``. The same
        job gives the same bits, whichever jobs run beside it.
        """
        tolerance = self._relative_tolerance
        is_dosed = doses.days < horizon_days
        jobs = Jobs(
            patient=np.array(patient, dtype=np.int64),
            parameters=_rows(patients.parameters),
            start=_rows(patients.start),
            absolute_tolerance=_rows(
                _SHARE_OF_SCALE * tolerance * patients.scale + _LEAST_TOLERANCE
            ),
            relative_tolerance=tolerance,
            first_step_days=_FIRST_STEP_DAYS,
            doses=_rows(doses.amounts[:, :, is_dosed]),
            dose_days=_rows(doses.days[is_dosed]),
            dosed=doses.dosed,
            horizon_days=horizon_days,
            target=np.full(len(patient), np.inf) if target is None else _rows(target),
            sample_days=sample_days,
            most_steps=_MOST_STEPS,
        )
        results = no_results(jobs)
        equations = self.kernel.equations
        lanes = idle_lanes(
            self._workspace,
            self.kernel.layout,
            len(equations.parameters),
            len(equations.species),
        )
        run_jobs(self._functions, self._workspace.ctypes.data, lanes, jobs, results)
        return results

    def start(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return states (patients, states) and outputs (patients,) at time zero.

        ``parameters`` has shape (patients, parameters).
        """
        layout, count = self.kernel.layout, len(self.kernel.equations.species)
        states, outputs = np.empty((len(parameters), count)), np.empty(len(parameters))
        address, functions = self._workspace.ctypes.data, self.kernel.functions
        for first in range(0, len(parameters), self.kernel.lanes):
            batch = slice(first, first + self.kernel.lanes)
            values = parameters[batch].T
            lanes = slice(0, values.shape[1])
            self._workspace[layout.parameters : layout.parameters + len(values), lanes] = values
            functions[PREPARE](address)
            functions[START](address)
            functions[OBSERVE](address)
            states[batch] = self._workspace[layout.next_state : layout.next_state + count, lanes].T
            outputs[batch] = self._workspace[layout.next_output, lanes]
        return states, outputs


def _rows(values: Floats) -> Floats:
    """Copy row by row: numba compiles anew for every other layout, and for what is read-only."""
    return np.array(values, dtype=np.float64, order="C")
