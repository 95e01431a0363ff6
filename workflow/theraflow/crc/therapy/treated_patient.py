"""A patient within COPASI, treated by the doses of every week, whatever schedule they follow."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.subject import Member
from theraflow.crc.therapy.template import PatientStart, build_weekly_template, weekly_dose_names
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg

Values = NDArray[np.float64]


class TreatedPatient:
    """A patient within COPASI, to whom the doses of every week can be given."""

    def __init__(
        self,
        start: PatientStart,
        model: StudyModel,
        model_config: ModelConfig,
        config: TherapyConfig,
    ) -> None:
        document = build_weekly_template(model.document, start, model_config, config)
        self.copasi = CopasiModel.from_sbml(sbml.document_text(document), model.origin)
        self._names = [name for names in weekly_dose_names(config) for name in names]

    def prescribe(self, weekly_mg: Values) -> None:
        """Give the doses (2, weeks), in mg."""
        self.copasi.set_initial_values(
            dict(zip(self._names, weekly_mg.ravel().tolist(), strict=True))
        )

    def course(
        self, weekly_mg: Values, end_days: float, solver: SolverConfig, step_days: float
    ) -> pd.DataFrame:
        """Return the diameter (``DIAMETER_MM``) over ``TIME_DAYS``, a row every few days.

        Raises ``SolverError`` when the integration fails.
        """
        self.prescribe(weekly_mg)
        return self.copasi.simulate(end_days, solver, [DIAMETER_MM], step_days)

    def end_diameter_mm(self, weekly_mg: Values, end_days: float, solver: SolverConfig) -> float:
        """Return the diameter on a day; raises ``SolverError`` when the integration fails."""
        self.prescribe(weekly_mg)
        self.copasi.simulate(end_days, solver)
        return self.copasi.value(DIAMETER_MM)

    def close(self) -> None:
        """Free the model's memory in COPASI."""
        self.copasi.close()


def treated_member(
    patient: int,
    start: PatientStart,
    model: StudyModel,
    model_config: ModelConfig,
    config: TherapyConfig,
    solver: SolverConfig,
) -> Member:
    """Say who a patient is, and what the reference therapy achieves, at the solver's tolerances.

    Raises ``SolverError`` when the integration fails.
    """
    treated = TreatedPatient(start, model, model_config, config)
    reference_mg = weekly_doses_mg(reference_therapy(config), config)
    end_days = config.horizon_days + config.tail_days
    diameter_mm = treated.end_diameter_mm(reference_mg, end_days, solver)
    treated.close()
    return Member(patient, start, diameter_mm)
