"""A therapy simulated again, in COPASI at tight tolerances, and compared with its definition."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.quantities import DIAMETER_MM, OBJECTIVE, START_DIAMETER_MM
from theraflow.crc.therapy.therapy import (
    OBJECTIVE_ERROR,
    Therapy,
    drug_quantity_percent,
    inefficacy_mm,
    is_allowed,
    objective,
    parameter_names,
    safety_excess_mg,
    therapy_from_vector,
    weekly_doses_mg,
)

# A truncated simulation is off by far more than the tolerances of a search.
_RELATIVE_J_ERROR: Final = 2 * OBJECTIVE_ERROR
_ABSOLUTE_J_ERROR: Final = 1e-3


class VerificationError(RuntimeError):
    """A therapy that is not what it was said to be."""


@dataclass(frozen=True)
class Verified:
    """What a therapy achieves; the names of the fields are columns of ``tables``."""

    objective: float
    inefficacy_mm: float
    drug_quantity_percent: float
    start_diameter_mm: float
    diameter_mm: float

    def as_row(self) -> dict[str, float]:
        """Return the values by column."""
        return asdict(self)


def simulate_therapy(
    problem_file: Path, vector: NDArray[np.float64], config: TherapyConfig, solver: SolverConfig
) -> Verified:
    """Simulate a therapy of one patient from its parameters, in the order of ``parameter_names``.

    J follows from its definition. Raises ``UserError`` for a parameter outside its bounds,
    ``SolverError`` when the integration fails, ``VerificationError`` when the model's own J is
    another.
    """
    therapy = therapy_from_vector(vector, config)
    copasi = CopasiModel.from_file(problem_file)
    copasi.set_initial_values(dict(zip(parameter_names(config), vector.tolist(), strict=True)))
    copasi.simulate(config.horizon_days, solver)
    start_mm, end_mm = copasi.value(START_DIAMETER_MM), copasi.value(DIAMETER_MM)
    of_template = copasi.value(OBJECTIVE)
    copasi.close()
    inefficacy = inefficacy_mm(start_mm, end_mm)
    quantity = drug_quantity_percent(therapy, config)
    defined = objective(inefficacy, quantity, config)
    _demand_equal(of_template, defined, "template")
    return Verified(defined, inefficacy, quantity, start_mm, end_mm)


def verify_therapy(
    problem_file: Path,
    vector: NDArray[np.float64],
    reported_objective: float,
    config: TherapyConfig,
    solver: SolverConfig,
) -> Verified:
    """Simulate a search's best therapy as ``simulate_therapy`` does, and check it.

    Raises ``VerificationError`` when J is not as reported, or when the therapy breaks a constraint.
    """
    if not is_allowed(therapy_from_vector(vector, config), config):
        raise VerificationError("the best therapy breaks a safety limit or gives nothing on day 1")
    verified = simulate_therapy(problem_file, vector, config, solver)
    _demand_equal(reported_objective, verified.objective, "search")
    return verified


def constraint_values(therapy: Therapy, config: TherapyConfig) -> dict[str, float]:
    """Return what the constraints are about: excess over both safety limits, first dose (mg)."""
    weekly = weekly_doses_mg(therapy, config)
    excess = [
        safety_excess_mg(doses, drug) for doses, drug in zip(weekly, drugs_of(config), strict=True)
    ]
    return {
        "atezolizumab_excess_mg": excess[0],
        "cibisatamab_excess_mg": excess[1],
        "first_dose_mg": float(weekly[:, 0].sum()),
    }


def objectives_agree(value: float, defined: float) -> bool:
    """Tell whether J, at the tolerances of a search, is the J of a tight simulation."""
    return abs(value - defined) <= max(_ABSOLUTE_J_ERROR, _RELATIVE_J_ERROR * abs(defined))


def _demand_equal(value: float, defined: float, meaning: str) -> None:
    if not objectives_agree(value, defined):
        raise VerificationError(
            f"J is {value:.8g} in the {meaning} but {defined:.8g} when verified"
        )
