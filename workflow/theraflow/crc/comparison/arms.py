"""The arms of a patient: no therapy, the reference therapy, and what algorithms have found."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.therapy.drugs import weeks_of
from theraflow.crc.therapy.schedules import schedule_of
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg


@dataclass(frozen=True, eq=False)
class Arm:
    """A therapy under the name that tables give it, as doses (2, weeks) in mg.

    ``seed`` is that of the search that found it, None for what no search has found.
    """

    name: str
    seed: int | None
    weekly_mg: NDArray[np.float64]


def arms_of(best: pd.DataFrame, subject: str, config: TherapyConfig) -> list[Arm]:
    """List a patient's arms: untreated, reference, and each algorithm's therapy of the lowest J.

    ``best`` are rows of ``best_therapies``.
    """
    schedule = schedule_of(config)
    names = tables.parameter_columns(schedule.variables())
    chosen = best_of_seeds(best[best[tables.SUBJECT] == subject])
    found_mg = schedule.weekly_dose_mg(chosen[names].to_numpy(np.float64))
    return [
        Arm(tables.UNTREATED, None, np.zeros((len(tables.DRUG_PERCENT), weeks_of(config)))),
        Arm(tables.REFERENCE, None, weekly_doses_mg(reference_therapy(config), config)),
        *(
            Arm(str(algorithm), int(seed), doses_mg)
            for algorithm, seed, doses_mg in zip(
                chosen[tables.ALGORITHM], chosen[tables.SEED], found_mg, strict=True
            )
        ),
    ]


def best_of_seeds(best: pd.DataFrame) -> pd.DataFrame:
    """Keep, of each patient and algorithm, the row of the seed whose therapy has the lowest J."""
    lowest = best.groupby([tables.SUBJECT, tables.ALGORITHM])[tables.OBJECTIVE].idxmin()
    return best.loc[lowest]
