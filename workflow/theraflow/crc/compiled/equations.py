"""The rate equations of a study's model."""

from theraflow.config.crc.model import ModelConfig
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations, read_rate_equations
from theraflow.crc.model.study_model import StudyModel


def study_equations(model: StudyModel, config: ModelConfig) -> RateEquations:
    """Read the model's rate equations; raises ``UserError`` for what cannot be compiled."""
    return read_rate_equations(
        model.document,
        model.patient_parameters,
        config.names.tumour_diameter,
        (config.names.atezolizumab, config.names.cibisatamab),
    )
