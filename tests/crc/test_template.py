"""The therapy template in COPASI against its definition and an independent simulator."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.crc_reference import TIGHT, random_therapies
from support.independent_simulator import tight_roadrunner
from support.scalar_therapies import safety_excess_mg

from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import TIME_DAYS, CopasiModel
from theraflow.crc.model.pruning import prune
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.quantities import (
    DIAMETER_MM,
    DRUG_PERCENT,
    DRUG_QUANTITY,
    FIRST_DOSE,
    INEFFICACY,
    OBJECTIVE,
    SAFETY,
)
from theraflow.crc.therapy.template import PatientStart, build_template, start_at
from theraflow.crc.therapy.therapy import (
    OBJECTIVE_ERROR,
    Therapy,
    drug_percent,
    drug_quantity_percent,
    objective,
    parameter_names,
    parameter_vector,
    reference_therapy,
    weekly_doses_mg,
)

DOSED = ("V_C_atezo", "V_C_cibis")
ARMS = {
    "no treatment": (0, 1, 0, 1),
    "cibisatamab": (0, 1, 60, 1),
    "atezolizumab": (1200, 3, 0, 1),
    "combination": (1200, 3, 60, 1),
}


def set_therapy(model: CopasiModel, therapy: Therapy, config: TherapyConfig) -> None:
    vector = parameter_vector(therapy).tolist()
    model.set_initial_values(dict(zip(parameter_names(config), vector, strict=True)))


@pytest.fixture(scope="module")
def template(problem_file: Path) -> CopasiModel:
    return CopasiModel.from_file(problem_file)


def test_the_template_passes_the_consistency_check(
    study_model: StudyModel, reference_start: PatientStart, config: CrcConfig
) -> None:
    document = build_template(study_model.document, reference_start, config.model, config.therapy)
    assert sbml.consistency_errors(document) == []


def test_the_treated_arms_are_the_published_ones(
    references: Path,
    study_model: StudyModel,
    reference_start: PatientStart,
    config: CrcConfig,
    placeholder_therapy: TherapyConfig,
) -> None:
    document = build_template(
        study_model.document, reference_start, config.model, placeholder_therapy
    )
    model = CopasiModel.from_sbml(sbml.document_text(document))
    reference = pd.read_csv(references / "reference_arms.csv").set_index("arm")
    for arm, (dose_a, period_a, dose_c, period_c) in ARMS.items():
        doses = np.repeat([[dose_a], [dose_c]], 15, axis=1).astype(float)
        set_therapy(model, Therapy(doses, np.array([period_a, period_c])), placeholder_therapy)
        diameter_cm = model.simulate(400, TIGHT, [DIAMETER_MM], 1.0)[DIAMETER_MM] / 10
        for day in (55, 400):
            expected = reference.loc[arm, f"diameter_day_{day}_cm"]
            assert diameter_cm[day] == pytest.approx(expected, rel=2e-3)


def test_doses_equal_those_of_an_independent_simulator(
    template: CopasiModel,
    study_model: StudyModel,
    reference_start: PatientStart,
    config: CrcConfig,
) -> None:
    """The whole model, dosed by hand, in libRoadRunner: also shows that pruning changes nothing."""
    document = study_model.document.clone()
    start_at(document.getModel(), reference_start)
    independent = tight_roadrunner(sbml.document_text(document))
    therapies = random_therapies(3, config.therapy, seed=11)[1:]
    for therapy in [reference_therapy(config.therapy), *therapies]:
        set_therapy(template, therapy, config.therapy)
        course = template.simulate(400, TIGHT, [DIAMETER_MM], 1.0).set_index(TIME_DAYS)
        independent.resetAll()
        independent.resetToOrigin()
        volume = independent["V_C"]
        for week in range(58):
            for drug, species in enumerate(DOSED):
                dose_mg = weekly_doses_mg(therapy, config.therapy)[drug, week]
                amount = dose_mg * 1e3 / drugs_of(config.therapy)[drug].molar_mass_kda
                independent[f"[{species}]"] = independent[f"[{species}]"] + amount / volume
            end = min(7 * (week + 1), 400)
            rows = independent.simulate(7 * week, end, 2, ["time", "tumour_diameter"])
            assert course.loc[end, DIAMETER_MM] == pytest.approx(10 * rows[-1, 1], rel=1e-4)


def test_the_algebra_in_copasi_is_the_definition(template: CopasiModel, config: CrcConfig) -> None:
    for therapy in random_therapies(40, config.therapy, seed=3):
        set_therapy(template, therapy, config.therapy)
        weekly = weekly_doses_mg(therapy, config.therapy)
        for drug, (safety, limits) in enumerate(zip(SAFETY, drugs_of(config.therapy), strict=True)):
            expected = safety_excess_mg(weekly[drug], limits)
            assert template.initial_value(safety) == pytest.approx(expected, rel=1e-12, abs=1e-9)
        percent = [template.initial_value(name) for name in DRUG_PERCENT]
        np.testing.assert_allclose(percent, drug_percent(therapy, config.therapy), rtol=1e-12)
        assert template.initial_value(FIRST_DOSE) == pytest.approx(
            therapy.monthly_dose_mg[:, 0].sum()
        )


def test_periods_are_the_floor_of_what_is_searched(template: CopasiModel) -> None:
    template.set_initial_values({"f_a": 2.999, "f_c": 1.0, "d_a_1": 7.0, "d_c_1": 3.0})
    doses = [template.initial_value(f"dose_a_{week}") for week in (1, 2, 3, 4)]
    assert doses == [7.0, 0.0, 7.0, 0.0]
    assert template.initial_value("dose_c_4") == 3.0


def test_the_objective_is_its_definition(
    template: CopasiModel, therapies: TherapySearch, config: CrcConfig
) -> None:
    """Relative to the reference therapy, by default."""
    therapy = random_therapies(3, config.therapy, seed=11)[2]
    (member,) = therapies.subject.members
    set_therapy(template, therapy, config.therapy)
    template.simulate(400, config.search.search_solver)
    end_mm = template.value(DIAMETER_MM)
    inefficacy = 100 * (end_mm / member.reference_diameter_mm) ** 2
    quantity = drug_quantity_percent(therapy, config.therapy)
    assert template.value(INEFFICACY) == pytest.approx(inefficacy, rel=1e-12)
    assert template.value(DRUG_QUANTITY) == pytest.approx(quantity, rel=1e-12)
    assert template.value(OBJECTIVE) == pytest.approx(0.9 * inefficacy + 0.1 * quantity, rel=1e-12)
    assert objective(inefficacy, quantity, config.therapy) == pytest.approx(
        template.value(OBJECTIVE)
    )


def test_search_tolerances_hardly_shift_the_objective(
    template: CopasiModel, config: CrcConfig
) -> None:
    """Most without any dose."""
    untreated = reference_therapy(config.therapy, (False, False))
    reference = reference_therapy(config.therapy)
    for therapy in [reference, untreated, *random_therapies(2, config.therapy)]:
        set_therapy(template, therapy, config.therapy)
        values = []
        for solver in (config.search.search_solver, config.search.verification_solver):
            template.simulate(400, solver)
            values.append(template.value(OBJECTIVE))
        assert values[0] == pytest.approx(values[1], rel=OBJECTIVE_ERROR)


def test_pruning_leaves_out_what_influences_nothing(
    study_model: StudyModel, reference_start: PatientStart
) -> None:
    model = study_model.document.clone().getModel()
    start_at(model, reference_start)
    prune(model, outputs={"tumour_diameter"}, given_later=set(DOSED))
    left = {model.getSpecies(index).getId() for index in range(model.getNumSpecies())}
    everything = study_model.document.getModel()
    whole = {everything.getSpecies(index).getId() for index in range(everything.getNumSpecies())}
    moving = {name for name in left if not model.getSpecies(name).getConstant()}
    synapse = {name for name in whole if name.startswith("syn_T_APC_")}
    assert whole - moving >= synapse | {"V_T_nT0", "V_T_nT1", "V_T_C2"}
    assert {"V_T_C1", "V_C_atezo", "V_LN_nT0", "A_s_M1p1"} <= moving
