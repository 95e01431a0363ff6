"""Every pair of algorithms, compared by a paired test over patients."""

from itertools import combinations

import numpy as np
import pandas as pd

from theraflow.crc import tables
from theraflow.crc.therapy.therapy import OBJECTIVE_ERROR
from theraflow.stats.multiple_testing import holm
from theraflow.stats.paired import rank_biserial, signed_rank_p_value


def compare_pairs(best: pd.DataFrame) -> pd.DataFrame:
    """Compare every pair of algorithms over patients by their objective, the mean over seeds.

    Wilcoxon's signed-rank test (two-sided, exact for few patients), Holm's correction over all
    pairs, and the matched-pairs rank-biserial correlation as effect size: 1 when the first
    algorithm is better (J lower) on every patient, -1 when the second is (Kerby 2014). Differences
    within the error of J are ties. No rows for a single algorithm.
    """
    table = best.pivot_table(
        index=tables.PATIENT, columns=tables.ALGORITHM, values=tables.OBJECTIVE, aggfunc="mean"
    ).dropna()
    rows = []
    for first, second in combinations(table.columns, 2):
        gain = (table[second] - table[first]).to_numpy()
        gain = np.where(np.abs(gain) < OBJECTIVE_ERROR * table[first].to_numpy(), 0.0, gain)
        rows.append(
            {
                tables.FIRST: first,
                tables.SECOND: second,
                tables.PATIENTS: len(gain),
                tables.FIRST_BETTER: int((gain > 0).sum()),
                tables.SECOND_BETTER: int((gain < 0).sum()),
                tables.MEDIAN_GAIN: float(np.median(gain)),
                tables.EFFECT_SIZE: rank_biserial(gain),
                tables.P_VALUE: signed_rank_p_value(gain),
            }
        )
    result = pd.DataFrame(rows, columns=tables.PAIRS_SCHEMA.names)
    result[tables.P_VALUE_HOLM] = holm(result[tables.P_VALUE].to_numpy(dtype=float))
    return result
