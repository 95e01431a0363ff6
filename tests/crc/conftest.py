"""The reference patient of the model's publication, grown once for all tests of the study."""

from pathlib import Path

import pandas as pd
import pytest
from support.crc_reference import REFERENCE, START_DAY, TIGHT, conditions_of

from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import CibisatamabConfig, TherapyConfig
from theraflow.core.columns import expanded
from theraflow.core.parquet import write_frame
from theraflow.crc import tables
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.pruning import absent_quantities
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.growth import grow_batch
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.problem import write_problem
from theraflow.crc.therapy.subject import Subject, write_subject
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.treated_patient import treated_member

REFERENCES = Path(__file__).resolve().parents[1] / "data/crc"


@pytest.fixture(scope="session")
def references() -> Path:
    """The folder of published values and reference states."""
    return REFERENCES


@pytest.fixture(scope="session")
def config() -> CrcConfig:
    return CrcConfig()


@pytest.fixture(scope="session")
def study_model(config: CrcConfig) -> StudyModel:
    return load_study_model(config.model, config.patients.parameters_file)


@pytest.fixture(scope="session")
def whole_model(study_model: StudyModel) -> CopasiModel:
    return CopasiModel.from_sbml(sbml.document_text(study_model.document))


@pytest.fixture(scope="session")
def reference_start(study_model: StudyModel, whole_model: CopasiModel) -> PatientStart:
    """The reference patient on day 3990, parameters as in the tables.

    What nothing makes is set to 0, as ``Grower`` does: after other simulations in this process
    COPASI leaves it at some -1e-19, from which it cannot start again.
    """
    whole_model.simulate(START_DAY, TIGHT)
    absent = absent_quantities(study_model.document.getModel(), given_later=set())
    amounts = whole_model.amounts() | dict.fromkeys(absent & set(whole_model.species), 0.0)
    return PatientStart({}, amounts, 10 * whole_model.value("tumour_diameter"))


@pytest.fixture(scope="session")
def placeholder_therapy() -> TherapyConfig:
    """The template with 145 kDa for both antibodies, as the reference arms were computed."""
    return TherapyConfig(cibisatamab=CibisatamabConfig(molar_mass_kda=145))


@pytest.fixture(scope="session")
def reference_patient(study_model: StudyModel, reference_start: PatientStart) -> PatientStart:
    """The reference patient, with the parameters that the model holds."""
    model = study_model.document.getModel()
    values = {name: model.getParameter(name).getValue() for name in study_model.patient_parameters}
    return PatientStart(values, reference_start.amounts, reference_start.diameter_mm)


@pytest.fixture(scope="session")
def therapies(
    reference_patient: PatientStart, study_model: StudyModel, config: CrcConfig
) -> TherapySearch:
    """The search for the reference patient's therapy."""
    member = treated_member(1, reference_patient, study_model, config.model, config.therapy, TIGHT)
    return TherapySearch(Subject((member,)), study_model, config.model, config.therapy)


@pytest.fixture(scope="session")
def subject_file(
    therapies: TherapySearch, config: CrcConfig, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The reference patient's file; COPASI's problem lies beside it."""
    path = tmp_path_factory.mktemp("problem") / "patient_1.json"
    write_subject(therapies.subject, path)
    (member,), (inefficacy,) = therapies.subject.members, therapies.inefficacies
    write_problem(
        path.with_suffix(".cps"),
        member.start,
        therapies.model,
        config.model,
        config.therapy,
        config.search.search_solver,
        inefficacy,
    )
    return path


@pytest.fixture(scope="session")
def problem_file(subject_file: Path) -> Path:
    """COPASI's file of the reference patient's search."""
    return subject_file.with_suffix(".cps")


@pytest.fixture(scope="session")
def grown(study_model: StudyModel, config: CrcConfig) -> pd.DataFrame:
    patients = [
        {tables.CANDIDATE: "reference", **REFERENCE, tables.INITIAL_DIAMETER_CM: 2.0},
        {tables.CANDIDATE: "slow", **REFERENCE, tables.INITIAL_DIAMETER_CM: 2.0}
        | {"k_C1_growth": 0.001},
        {tables.CANDIDATE: "broken", **REFERENCE, tables.INITIAL_DIAMETER_CM: 2.0}
        | {"q_T1_T_in": float("inf")},
        {tables.CANDIDATE: "cell", **REFERENCE, tables.INITIAL_DIAMETER_CM: 1e-4},
    ]
    return grow_batch(pd.DataFrame(patients), study_model, conditions_of(config)).set_index(
        tables.CANDIDATE
    )


@pytest.fixture(scope="session")
def patients_file(grown: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of these patients, all selected: the reference patient is number 1."""
    path = tmp_path_factory.mktemp("patients") / "selected.parquet"
    table = grown.reset_index()
    table.insert(0, tables.PATIENT, range(1, len(table) + 1))
    write_frame(table, path, {}, expanded(tables.SELECTED_SCHEMA, table.columns))
    return path
