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
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.growth import grow_batch
from theraflow.crc.therapy.problem import write_problem
from theraflow.crc.therapy.template import PatientStart

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
def reference_start(whole_model: CopasiModel) -> PatientStart:
    """The reference patient on day 3990, parameters as in the tables."""
    whole_model.simulate(START_DAY, TIGHT)
    return PatientStart({}, whole_model.amounts(), 10 * whole_model.value("tumour_diameter"))


@pytest.fixture(scope="session")
def placeholder_therapy() -> TherapyConfig:
    """The template with 145 kDa for both antibodies, as the reference arms were computed."""
    return TherapyConfig(cibisatamab=CibisatamabConfig(molar_mass_kda=145))


@pytest.fixture(scope="session")
def problem_file(
    reference_start: PatientStart,
    study_model: StudyModel,
    config: CrcConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("problem") / "reference.cps"
    write_problem(
        path,
        reference_start,
        study_model,
        config.model,
        config.therapy,
        config.search.search_solver,
    )
    return path


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
