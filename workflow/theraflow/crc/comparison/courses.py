"""Courses of the tumours' diameters in all arms."""

from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.arms import Arm, arms_of
from theraflow.crc.comparison.responses import ASSESSMENT_DAYS
from theraflow.crc.comparison.tables import ARM, RELATIVE_DIAMETER, TIME_DAYS
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.treated_patient import TreatedPatient

# So many times as often as tumours are assessed, for smooth curves.
_ROWS_PER_ASSESSMENT: Final = 4


def simulate_all_courses(
    best: pd.DataFrame,
    starts: Mapping[str, PatientStart],
    model: StudyModel,
    model_config: ModelConfig,
    config: TherapyConfig,
    solver: SolverConfig,
) -> pd.DataFrame:
    """Simulate every patient without therapy, with the reference and with the therapies found.

    ``best`` are rows of ``best_therapies``; ``starts`` the patients by their subjects. Raises
    ``SolverError`` when an integration fails.
    """
    frames = []
    for subject, start in starts.items():
        treated = TreatedPatient(start, model, model_config, config)
        courses = simulate_courses(treated, arms_of(best, subject, config), config, solver)
        treated.close()
        courses.insert(0, tables.SUBJECT, subject)
        frames.append(courses)
    return pd.concat(frames, ignore_index=True)


def simulate_courses(
    treated: TreatedPatient, arms: Iterable[Arm], config: TherapyConfig, solver: SolverConfig
) -> pd.DataFrame:
    """Simulate one patient in every arm until the horizon.

    Returns columns arm, seed, time_days, diameter_mm, relative_diameter (to that at t0). Raises
    ``SolverError`` when an integration fails.
    """
    assessments = max(1, round(config.horizon_days / ASSESSMENT_DAYS))
    step_days = config.horizon_days / (_ROWS_PER_ASSESSMENT * assessments)
    frames = []
    for arm in arms:
        course = treated.course(arm.weekly_mg, config.horizon_days, solver, step_days)
        diameter_mm = course[DIAMETER_MM]
        frames.append(
            pd.DataFrame(
                {
                    ARM: arm.name,
                    tables.SEED: pd.array([arm.seed] * len(course), dtype="Int64"),
                    TIME_DAYS: course[TIME_DAYS],
                    tables.DIAMETER_MM: diameter_mm,
                    RELATIVE_DIAMETER: diameter_mm / diameter_mm.iloc[0],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
