"""How patients respond in every arm, by both readings of RECIST."""

from typing import Final

import numpy as np
import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.crc import tables
from theraflow.crc.comparison.tables import (
    ARM,
    IS_SHOWN,
    PATIENTS,
    READING,
    RESPONSE,
    TIME_DAYS,
)
from theraflow.crc.therapy.recist import Reading, Response, response_at_horizon

# How often the nadir is looked for.
ASSESSMENT_DAYS: Final = 8.0


def patient_responses(courses: pd.DataFrame, config: ComparisonConfig) -> pd.DataFrame:
    """Classify every patient in every arm, from courses as ``simulate_all_courses`` returns.

    Tumours are assessed every ``ASSESSMENT_DAYS``, however finely a course is sampled.
    """
    rows = []
    ordered = courses.sort_values(TIME_DAYS)
    for (subject, arm), course in ordered.groupby([tables.SUBJECT, ARM]):
        diameter_mm = _assessed(course)[tables.DIAMETER_MM].to_numpy()
        rows += [
            {
                tables.SUBJECT: subject,
                ARM: arm,
                tables.SEED: course[tables.SEED].iloc[0],
                READING: str(reading),
                IS_SHOWN: reading == config.response_reading,
                RESPONSE: str(response_at_horizon(diameter_mm, reading, config)),
            }
            for reading in Reading
        ]
    return pd.DataFrame(rows).astype({tables.SEED: "Int64"})


def count_responses(responses: pd.DataFrame) -> pd.DataFrame:
    """Count the patients of every response class in every arm (paper, Fig. 3).

    ``responses`` are those of ``patient_responses``: a patient counts once per arm, with the seed
    whose therapy has the lowest J, as that is what the patient would be given.
    """
    rows = [
        {
            READING: reading,
            IS_SHOWN: is_shown,
            ARM: arm,
            PATIENTS: len(of_arm),
            **{str(each): int((of_arm[RESPONSE] == each).sum()) for each in Response},
        }
        for (reading, is_shown, arm), of_arm in responses.groupby([READING, IS_SHOWN, ARM])
    ]
    return pd.DataFrame(rows)


def _assessed(course: pd.DataFrame) -> pd.DataFrame:
    days = course[TIME_DAYS].to_numpy()
    visits = np.linspace(days[0], days[-1], max(1, round(days[-1] / ASSESSMENT_DAYS)) + 1)
    assessed: pd.DataFrame = course[np.isclose(days[:, None], visits).any(axis=1)]
    return assessed
