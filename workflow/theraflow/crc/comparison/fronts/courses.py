"""What verified therapies of a front are like: their doses, and the tumour's course under them."""

import numpy as np
import pandas as pd

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.arms import Arm
from theraflow.crc.comparison.best import doses_of_weeks
from theraflow.crc.comparison.courses import simulate_courses
from theraflow.crc.comparison.fronts.tables import FRONT_ROW, VERIFIED_DIAMETER_MM
from theraflow.crc.comparison.tables import ARM
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.schedules import schedule_of
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.treated_patient import TreatedPatient


def verified_therapies(fronts: pd.DataFrame, config: TherapyConfig) -> list[Arm]:
    """List the verified therapies of a patient's fronts, each named by its row, from 0.

    ``fronts`` has columns as ``FRONTS_SCHEMA``. The reference and no therapy are among them.
    """
    schedule = schedule_of(config)
    chosen = fronts.reset_index(drop=True).dropna(subset=[VERIFIED_DIAMETER_MM])
    parameters = chosen[tables.parameter_columns(schedule.variables())].to_numpy(np.float64)
    return [
        Arm(str(row), None, doses_mg)
        for row, doses_mg in zip(chosen.index, schedule.weekly_dose_mg(parameters), strict=True)
    ]


def simulate_front_courses(
    therapies: list[Arm],
    start: PatientStart,
    model: StudyModel,
    model_config: ModelConfig,
    config: TherapyConfig,
    solver: SolverConfig,
) -> pd.DataFrame:
    """Simulate a patient under therapies of ``verified_therapies`` by COPASI, to the horizon.

    Columns as ``FRONT_COURSES_SCHEMA``, without the subject. Raises ``SolverError`` when an
    integration fails.
    """
    treated = TreatedPatient(start, model, model_config, config)
    courses = simulate_courses(treated, therapies, config, solver)
    treated.close()
    courses.insert(0, FRONT_ROW, courses[ARM].astype("int32"))
    return courses.drop(columns=[ARM, tables.SEED])


def front_doses(therapies: list[Arm]) -> pd.DataFrame:
    """List the weekly doses of therapies; ``FRONT_DOSES_SCHEMA`` without the subject."""
    frames = []
    for therapy in therapies:
        doses = doses_of_weeks(therapy.weekly_mg)
        doses.insert(0, FRONT_ROW, np.int32(therapy.name))
        frames.append(doses)
    return pd.concat(frames, ignore_index=True)
