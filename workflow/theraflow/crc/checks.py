"""Everything about a study that can be wrong, checked before any work starts."""

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.search.algorithms import check_algorithm


def check_study(model: ModelConfig, patients: PatientsConfig, search: SearchConfig) -> StudyModel:
    """Check the model, the names that the study needs, the patients' table and the algorithms.

    Returns the model. Raises ``UserError`` for the first fault.
    """
    study_model = load_study_model(model, patients.parameters_file)
    for name, algorithm in search.algorithms.items():
        check_algorithm(name, algorithm)
    return study_model
