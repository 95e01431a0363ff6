"""J of compiled therapies against COPASI at tight tolerances."""

import numpy as np
import pytest
from support.crc_reference import TIGHT as TIGHT_COPASI
from support.crc_reference import conditions_of, random_therapies
from support.scalar_therapies import inefficacy_mm

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.simulator import SEARCHING, TIGHT
from theraflow.crc.compiled.therapies import TherapyEvaluator, Treatment
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.growth import Grower, Outcome, patient_start, records
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.template import PatientStart, build_template
from theraflow.crc.therapy.therapy import (
    Therapy,
    drug_quantity_percent,
    objective,
    parameter_names,
    parameter_vector,
    reference_therapy,
    weekly_doses_mg,
)

SEARCH_ERROR, TIGHT_ERROR = 2e-4, 1e-6


def objectives(
    ends_mm: np.ndarray, patient: PatientStart, therapies: list[Therapy], config: CrcConfig
) -> np.ndarray:
    values = [
        objective(
            inefficacy_mm(patient.diameter_mm, end_mm),
            drug_quantity_percent(therapy, config.therapy),
            config.therapy,
        )
        for end_mm, therapy in zip(ends_mm, therapies, strict=True)
    ]
    return np.array(values)


def ends_by_copasi(
    patient: PatientStart, therapies: list[Therapy], model: StudyModel, config: CrcConfig
) -> np.ndarray:
    document = build_template(model.document, patient, config.model, config.therapy)
    copasi = CopasiModel.from_sbml(sbml.document_text(document))
    ends_mm, names = [], parameter_names(config.therapy)
    for therapy in therapies:
        vector = parameter_vector(therapy).tolist()
        copasi.set_initial_values(dict(zip(names, vector, strict=True)))
        copasi.simulate(config.therapy.horizon_days, TIGHT_COPASI)
        ends_mm.append(copasi.value(DIAMETER_MM))
    copasi.close()
    return np.array(ends_mm)


def weekly(therapies: list[Therapy], config: CrcConfig) -> np.ndarray:
    return np.array([weekly_doses_mg(therapy, config.therapy) for therapy in therapies])


def demand_accurate(
    patient: PatientStart,
    therapies: list[Therapy],
    kernel: Kernel,
    treatment: Treatment,
    model: StudyModel,
    config: CrcConfig,
) -> None:
    expected = objectives(
        ends_by_copasi(patient, therapies, model, config), patient, therapies, config
    )
    for tolerance, error in ((SEARCHING, SEARCH_ERROR), (TIGHT, TIGHT_ERROR)):
        evaluator = TherapyEvaluator(
            kernel, treatment, patient.parameters, patient.amounts, tolerance
        )
        ends_mm = evaluator.end_diameter_mm(weekly(therapies, config))
        found = objectives(ends_mm, patient, therapies, config)
        np.testing.assert_allclose(found, expected, rtol=error)


@pytest.fixture(scope="module")
def searching(
    kernel: Kernel, treatment: Treatment, reference_patient: PatientStart
) -> TherapyEvaluator:
    return TherapyEvaluator(
        kernel, treatment, reference_patient.parameters, reference_patient.amounts, SEARCHING
    )


def test_objectives_equal_those_of_copasi(
    kernel: Kernel,
    treatment: Treatment,
    reference_patient: PatientStart,
    study_model: StudyModel,
    config: CrcConfig,
) -> None:
    therapies = [reference_therapy(config.therapy), *random_therapies(4, config.therapy)]
    demand_accurate(reference_patient, therapies, kernel, treatment, study_model, config)


@pytest.mark.slow
def test_objectives_equal_those_of_copasi_for_three_patients(
    kernel: Kernel, treatment: Treatment, study_model: StudyModel, config: CrcConfig
) -> None:
    sample = PatientsConfig(candidates=40, batch_size=40, seed=11)
    grower = Grower(study_model, conditions_of(config))
    therapies = [reference_therapy(config.therapy), *random_therapies(200, config.therapy)]
    patients = 0
    for candidate in records(sample_patients(study_model.distributions, sample)):
        row = grower.grow(candidate)
        if row[tables.OUTCOME] == Outcome.ADMISSIBLE:
            patient = patient_start(row, study_model)
            demand_accurate(patient, therapies, kernel, treatment, study_model, config)
            patients += 1
        if patients == 3:
            return
    pytest.fail("too few admissible candidates")


def test_a_therapy_gives_the_same_bits_in_any_company(
    searching: TherapyEvaluator,
    kernel: Kernel,
    treatment: Treatment,
    reference_patient: PatientStart,
    config: CrcConfig,
) -> None:
    therapies = [reference_therapy(config.therapy), *random_therapies(12, config.therapy)]
    doses = weekly(therapies, config)
    together = searching.end_diameter_mm(doses)
    alone = [searching.end_diameter_mm(doses[[index]])[0] for index in (0, 5, 12)]
    assert together[[0, 5, 12]].tolist() == alone
    order = np.random.default_rng(0).permutation(len(doses))
    assert searching.end_diameter_mm(doses[order]).tolist() == together[order].tolist()
    lanes = 2 if kernel.lanes == 8 else 8
    elsewhere = TherapyEvaluator(
        Kernel(kernel.equations, lanes),
        treatment,
        reference_patient.parameters,
        reference_patient.amounts,
        SEARCHING,
    )
    assert elsewhere.end_diameter_mm(doses).tolist() == together.tolist()


def test_no_drug_is_a_therapy_too_and_doses_after_the_horizon_are_none(
    searching: TherapyEvaluator, config: CrcConfig
) -> None:
    weeks = weekly([reference_therapy(config.therapy)], config).shape[2]
    none, late = np.zeros((2, 1, 2, weeks))
    late[:, :, 58:] = 500.0
    ends_mm = searching.end_diameter_mm(np.concatenate([none, late]))
    assert ends_mm[0] == ends_mm[1]
    assert ends_mm[0] == pytest.approx(38.4, rel=0.01)


def test_tighter_tolerances_converge(
    kernel: Kernel, treatment: Treatment, reference_patient: PatientStart, config: CrcConfig
) -> None:
    """Errors of J shrink with the tolerance, down to those of the tight one."""
    therapies = random_therapies(8, config.therapy, seed=2)
    doses = weekly(therapies, config)
    ends = [
        TherapyEvaluator(
            kernel, treatment, reference_patient.parameters, reference_patient.amounts, tolerance
        ).end_diameter_mm(doses)
        for tolerance in (10 * SEARCHING, SEARCHING, 0.1 * SEARCHING, TIGHT)
    ]
    errors = [np.abs(end / ends[-1] - 1).max() for end in ends[:-1]]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


def test_a_patient_without_numbers_fails_alone(
    kernel: Kernel, treatment: Treatment, reference_patient: PatientStart, config: CrcConfig
) -> None:
    broken = dict(reference_patient.parameters) | {"k_T1": float("nan")}
    doses = weekly([reference_therapy(config.therapy)], config)
    evaluator = TherapyEvaluator(kernel, treatment, broken, reference_patient.amounts, SEARCHING)
    assert np.isnan(evaluator.end_diameter_mm(doses)).all()
    lacking = dict.fromkeys(list(broken)[1:], 1.0)
    with pytest.raises(UserError, match="no value for 'k_C1_growth'"):
        TherapyEvaluator(kernel, treatment, lacking, reference_patient.amounts, SEARCHING)
