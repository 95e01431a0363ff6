"""The compiled model of a study, and how its drugs enter it."""

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.compiled.equations import study_equations
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.therapies import Treatment
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.drugs import drugs_of


def compile_model(model: StudyModel, config: ModelConfig) -> Kernel:
    """Compile the study's model; raises ``UserError`` for what cannot be compiled."""
    return Kernel(study_equations(model, config))


def treatment_of(therapy: TherapyConfig, model: ModelConfig, end_days: float) -> Treatment:
    """Return how doses enter the model, until the day that decides."""
    drugs = drugs_of(therapy)
    return Treatment(
        dosed=(model.names.atezolizumab, model.names.cibisatamab),
        amount_per_mg=tuple(drug.nanomoles_per_mg / model.amount_unit_nmol for drug in drugs),
        largest_dose_mg=tuple(drug.largest_dose_mg for drug in drugs),
        horizon_days=end_days,
        diameter_unit_mm=model.diameter_unit_mm,
    )
