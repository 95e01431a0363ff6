"""Everything about a study that can be wrong, checked before any work starts."""

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.compiled.equations import study_equations
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.batches import COMPILED, COPASI
from theraflow.crc.search.choice import check_algorithm


def check_study(
    model: ModelConfig, patients: PatientsConfig, therapy: TherapyConfig, search: SearchConfig
) -> StudyModel:
    """Check the model, the names that the study needs, the patients' table and the algorithms.

    Returns the model. Raises ``UserError`` for the first fault.
    """
    if patients.responders > patients.candidates:
        raise UserError(
            f"crc.patients.responders = {patients.responders}: more than the "
            f"{patients.candidates} candidates; lower it, or raise crc.patients.candidates"
        )
    study_model = load_study_model(model, patients.parameters_file)
    check_algorithms(search, therapy, study_model, model)
    return study_model


def check_algorithms(
    search: SearchConfig, therapy: TherapyConfig, study_model: StudyModel, model: ModelConfig
) -> None:
    """Check every algorithm, and that the model can be compiled where one asks for it.

    Raises ``UserError`` for the first fault.
    """
    for name, algorithm in search.algorithms.items():
        check_algorithm(name, algorithm, therapy)
    if any(algorithm.evaluator == "compiled" for algorithm in search.algorithms.values()):
        _check_compilable(study_model, model)


def _check_compilable(study_model: StudyModel, model: ModelConfig) -> None:
    try:
        study_equations(study_model, model)
    except UserError as error:
        raise UserError(
            f"{study_model.origin}: cannot be compiled ({error}); choose `evaluator: copasi` for "
            "the algorithms of crc.search"
        ) from None


def check_grower(study_model: StudyModel, model: ModelConfig, patients: PatientsConfig) -> None:
    """Raise ``UserError`` for a model that the grower of the config cannot read."""
    if patients.grower != COMPILED:
        return
    try:
        study_equations(study_model, model)
    except UserError as error:
        raise UserError(f"{error}: set crc.patients.grower: {COPASI} for that") from None
