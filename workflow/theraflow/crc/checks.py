"""Everything about a study that can be wrong, checked before any work starts."""

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.core.errors import UserError
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.batches import COMPILED, COPASI
from theraflow.crc.search.algorithms import check_algorithm


def check_study(model: ModelConfig, patients: PatientsConfig, search: SearchConfig) -> StudyModel:
    """Check the model, the names that the study needs, the patients' table and the algorithms.

    Returns the model. Raises ``UserError`` for the first fault.
    """
    study_model = load_study_model(model, patients.parameters_file)
    for name, algorithm in search.algorithms.items():
        check_algorithm(name, algorithm)
    return study_model


def check_grower(study_model: StudyModel, model: ModelConfig, patients: PatientsConfig) -> None:
    """Raise ``UserError`` for a model that the grower of the config cannot read."""
    if patients.grower != COMPILED:
        return
    from theraflow.crc.compiled.study import study_equations

    try:
        study_equations(study_model, model)
    except UserError as error:
        raise UserError(f"{error}: set crc.patients.grower: {COPASI} for that") from None
