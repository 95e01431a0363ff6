"""Everything about a study that can be wrong, checked before any work starts."""

from theraflow.config.crc.study import CrcConfig
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.search.algorithms import check_algorithm


def check_study(config: CrcConfig) -> StudyModel:
    """Check the model, the names that the study needs, the patients' table and the algorithms.

    Returns the model. Raises ``UserError`` for the first fault.
    """
    model = load_study_model(config)
    for name, algorithm in config.search.algorithms.items():
        check_algorithm(name, algorithm)
    return model
