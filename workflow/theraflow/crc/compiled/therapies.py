"""Many therapies at once: tumour diameters at the horizon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from theraflow.core.errors import UserError
from theraflow.crc.compiled.machine.jobs import FAILED, Floats, Integers, Results
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.simulator import Doses, Patients, Simulator

_WEEK_DAYS = 7.0


@dataclass(frozen=True)
class Treatment:
    """How doses enter the model: per drug its species, amount per mg and largest dose (mg).

    Diameters are the model's output times ``diameter_unit_mm``.
    """

    dosed: tuple[str, ...]
    amount_per_mg: tuple[float, ...]
    largest_dose_mg: tuple[float, ...]
    horizon_days: float
    diameter_unit_mm: float


class TherapyEvaluator:
    """Evaluates therapies of one patient; ``amounts`` is the state at therapy start."""

    def __init__(
        self,
        kernel: Kernel,
        treatment: Treatment,
        parameters: Mapping[str, float],
        amounts: Mapping[str, float],
        relative_tolerance: float,
    ) -> None:
        """Take a patient; raises ``UserError`` for a parameter or an amount that is missing."""
        self._simulator = Simulator(kernel, relative_tolerance)
        self._treatment = treatment
        equations = kernel.equations
        self._patients = treated_patients(
            kernel,
            treatment,
            np.array([_ordered(parameters, equations.parameters)]),
            np.array([_ordered(amounts, equations.species)]),
        )

    def end_diameter_mm(self, weekly_dose_mg: Floats) -> Floats:
        """Return the diameters at the horizon, shape (therapies,); NaN where the solver failed.

        ``weekly_dose_mg`` has shape (therapies, drugs, weeks). A therapy's diameter does not depend
        on the therapies beside it, to the last bit.
        """
        patient = np.zeros(len(weekly_dose_mg), dtype=np.int64)
        results = treat(self._simulator, self._treatment, self._patients, patient, weekly_dose_mg)
        is_done = results.status != FAILED
        return np.where(is_done, self._treatment.diameter_unit_mm * results.end_output, np.nan)


def treated_patients(
    kernel: Kernel, treatment: Treatment, parameters: Floats, start: Floats
) -> Patients:
    """Return patients whose amounts are measured by those at the start, or by the largest dose.

    ``parameters`` (patients, parameters) and ``start`` (patients, states) are in the order of the
    kernel's equations.
    """
    scale = np.abs(start)
    for species, per_mg, dose_mg in zip(
        treatment.dosed, treatment.amount_per_mg, treatment.largest_dose_mg, strict=True
    ):
        state = kernel.equations.species.index(species)
        scale[:, state] = np.maximum(scale[:, state], per_mg * dose_mg)
    return Patients(parameters, start, scale)


def treat(
    simulator: Simulator,
    treatment: Treatment,
    patients: Patients,
    patient: Integers,
    weekly_dose_mg: Floats,
    sample_days: float = np.inf,
) -> Results:
    """Simulate therapies, shape (jobs, drugs, weeks), of the patients in the rows ``patient``."""
    species = simulator.kernel.equations.species
    doses = Doses(
        amounts=weekly_dose_mg * np.array(treatment.amount_per_mg)[:, None],
        days=_WEEK_DAYS * np.arange(weekly_dose_mg.shape[2], dtype=np.float64),
        dosed=np.array([species.index(name) for name in treatment.dosed]),
    )
    return simulator.run(patients, patient, doses, treatment.horizon_days, sample_days=sample_days)


def _ordered(values: Mapping[str, float], names: Sequence[str]) -> list[float]:
    for name in names:
        if name not in values:
            raise UserError(f"patient: no value for '{name}'; grow the patient with this model")
    return [float(values[name]) for name in names]
