"""All tables of the comparison at once, from the searches."""

from collections.abc import Mapping

import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.algorithms import compare_algorithms
from theraflow.crc.comparison.best import best_therapies, weekly_doses
from theraflow.crc.comparison.courses import simulate_all_courses
from theraflow.crc.comparison.groups import Group
from theraflow.crc.comparison.regret import measure_regret
from theraflow.crc.comparison.responses import count_responses, patient_responses
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.template import PatientStart


def compare_searches(
    searches: pd.DataFrame,
    improvements: pd.DataFrame,
    groups: list[Group],
    config: ComparisonConfig,
) -> dict[str, pd.DataFrame]:
    """Compute the tables of ``COMPARISON_TABLES`` that need no simulation.

    ``searches`` and ``improvements`` are those of ``read_searches``, ``groups`` those of
    ``group_searches``.
    """
    lowest = improvements.groupby(tables.SUBJECT)[tables.OBJECTIVE].min()
    best_known = {str(subject): float(objective) for subject, objective in lowest.items()}
    return {
        "searches": searches,
        "best_therapies": best_therapies(improvements),
        "regret": measure_regret(searches, improvements),
        **compare_algorithms(groups, best_known, config),
    }


def compare_treatments(
    best: pd.DataFrame,
    starts: Mapping[str, PatientStart],
    model: StudyModel,
    model_config: ModelConfig,
    therapy: TherapyConfig,
    search: SearchConfig,
    config: ComparisonConfig,
) -> dict[str, pd.DataFrame]:
    """Compute the tables of ``COMPARISON_TABLES`` about doses, courses and responses.

    ``best`` are rows of ``best_therapies``; ``starts`` the patients by their subjects.
    """
    solver = search.verification_solver
    courses = simulate_all_courses(best, starts, model, model_config, therapy, solver)
    responses = patient_responses(courses, config)
    return {
        "weekly_doses": weekly_doses(best, therapy),
        "courses": courses,
        "patient_responses": responses,
        "responses": count_responses(responses),
    }
