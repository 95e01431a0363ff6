"""How many patients respond how, in every arm and by both readings of RECIST."""

import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.crc import tables
from theraflow.crc.comparison.best import best_of_seeds
from theraflow.crc.therapy.recist import Reading, Response, response_at_horizon


def count_responses(
    courses: pd.DataFrame, best: pd.DataFrame, config: ComparisonConfig
) -> pd.DataFrame:
    """Count the patients of every response class in every arm (paper, Fig. 3).

    ``courses`` are those of ``simulate_all_courses``, ``best`` those of ``best_therapies``. Each
    patient counts once per arm: of several seeds, the one whose therapy has the lowest J, as that
    is what the patient would be given.
    """
    chosen = best_of_seeds(best)[[tables.PATIENT, tables.ALGORITHM, tables.SEED]]
    chosen = chosen.rename(columns={tables.ALGORITHM: tables.ARM}).astype({tables.SEED: "Int64"})
    given = courses[courses[tables.SEED].isna()]
    found = courses[courses[tables.SEED].notna()].merge(chosen)
    counted = pd.concat([given, found]).sort_values(tables.TIME_DAYS)
    rows = []
    for arm, of_arm in counted.groupby(tables.ARM):
        diameters = [
            course.to_numpy() for _, course in of_arm.groupby(tables.PATIENT)[tables.DIAMETER_MM]
        ]
        for reading in Reading:
            responses = [response_at_horizon(each, reading, config) for each in diameters]
            rows.append(
                {
                    tables.READING: str(reading),
                    tables.IS_SHOWN: reading == config.response_reading,
                    tables.ARM: arm,
                    tables.PATIENTS: len(responses),
                    **{str(response): responses.count(response) for response in Response},
                }
            )
    return pd.DataFrame(rows).sort_values([tables.READING, tables.ARM], ignore_index=True)
