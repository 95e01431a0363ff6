"""How much worse the therapy of a search is than the best that is known of its patient."""

from typing import Final

import numpy as np
import pandas as pd

from theraflow.crc import tables
from theraflow.crc.comparison.best import SEARCH
from theraflow.crc.comparison.tables import (
    BEST_KNOWN_BY,
    BEST_KNOWN_OBJECTIVE,
    GRADIENT_OBJECTIVE,
    REGRET_PERCENT,
    REGRET_SCHEMA,
    REGRET_TO_GRADIENT_PERCENT,
)

# The near-certified optimum: gradients from several starts for each pair of periods.
_GRADIENT: Final = "multistart-gradient"


def measure_regret(searches: pd.DataFrame, improvements: pd.DataFrame) -> pd.DataFrame:
    """Compare the verified J of each search with the lowest of all and with the gradient reference.

    ``searches`` and ``improvements`` are those of ``read_searches``. Regret is in percent of J of
    the reference therapy.
    """
    compared = improvements.drop_duplicates(SEARCH)[SEARCH]
    found = compared.merge(searches, on=SEARCH)
    by_subject = found.groupby(tables.SUBJECT)[tables.VERIFIED_OBJECTIVE]
    best = found.loc[by_subject.idxmin()].set_index(tables.SUBJECT)
    by_gradient = found[found[tables.METHOD] == _GRADIENT].groupby(tables.SUBJECT)
    gradient = by_gradient[tables.VERIFIED_OBJECTIVE].min().astype(np.float64)
    references = improvements[improvements[tables.EVALUATION] == 1]
    reference = references.groupby(tables.SUBJECT)[tables.OBJECTIVE].first()
    subject = found[tables.SUBJECT]
    regret: pd.DataFrame = found.assign(
        **{
            BEST_KNOWN_OBJECTIVE: subject.map(best[tables.VERIFIED_OBJECTIVE]),
            BEST_KNOWN_BY: subject.map(best[tables.ALGORITHM]),
            GRADIENT_OBJECTIVE: subject.map(gradient),
        }
    )
    for name, known in (
        (REGRET_PERCENT, BEST_KNOWN_OBJECTIVE),
        (REGRET_TO_GRADIENT_PERCENT, GRADIENT_OBJECTIVE),
    ):
        above = regret[tables.VERIFIED_OBJECTIVE] - regret[known]
        regret[name] = 100 * above / subject.map(reference)
    return regret.reindex(columns=REGRET_SCHEMA.names)
