"""The compiled model and the reference patient, made once for all tests of the evaluator."""

import numpy as np
import pytest

from theraflow.config.crc.study import CrcConfig
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations, read_rate_equations
from theraflow.crc.compiled.therapies import Treatment
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.template import PatientStart


@pytest.fixture(scope="session")
def equations(study_model: StudyModel, config: CrcConfig) -> RateEquations:
    names = config.model.names
    return read_rate_equations(
        study_model.document,
        study_model.patient_parameters,
        names.tumour_diameter,
        (names.atezolizumab, names.cibisatamab),
    )


@pytest.fixture(scope="session")
def kernel(equations: RateEquations) -> Kernel:
    return Kernel(equations)


@pytest.fixture(scope="session")
def treatment(config: CrcConfig) -> Treatment:
    drugs, names = drugs_of(config.therapy), config.model.names
    return Treatment(
        dosed=(names.atezolizumab, names.cibisatamab),
        amount_per_mg=tuple(drug.nanomoles_per_mg for drug in drugs),
        largest_dose_mg=tuple(drug.largest_dose_mg for drug in drugs),
        horizon_days=config.therapy.horizon_days,
        diameter_unit_mm=config.model.diameter_unit_mm,
    )


@pytest.fixture(scope="session")
def symbols(equations: RateEquations, reference_patient: PatientStart) -> dict[str, float]:
    """Values for all symbols of the equations: the reference patient with drugs in the blood."""
    amounts = {name: reference_patient.amounts[name] for name in equations.species}
    rng = np.random.default_rng(1)
    for name in equations.species:
        amounts[name] = amounts[name] * rng.uniform(0.8, 1.2) or rng.uniform(1, 1e3)
    return dict(reference_patient.parameters) | amounts
