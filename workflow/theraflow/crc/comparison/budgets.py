"""Algorithms over the course of their budget: the best therapy so far, and who has it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.crc import tables
from theraflow.crc.therapy.therapy import OBJECTIVE_ERROR


def best_so_far(searches: pd.DataFrame, axis: str, points: NDArray[np.float64]) -> pd.DataFrame:
    """Average the relative objective of the best therapy so far at ``points`` of ``axis``.

    ``axis`` is ``evaluation`` or ``seconds``. Before its first improvement a search stands at the
    reference therapy (1). Columns: algorithm, the axis, mean, lower and upper quartile.
    """
    keys = [tables.PATIENT, tables.ALGORITHM, tables.SEED]
    curves: dict[str, list[NDArray[np.float64]]] = {}
    for key, search in searches.groupby(keys):
        ordered = search.sort_values(tables.EVALUATION)
        relative = ordered[tables.OBJECTIVE].to_numpy() / ordered[tables.OBJECTIVE].iloc[0]
        reached = np.searchsorted(ordered[axis].to_numpy(), points, side="right")
        curves.setdefault(str(key[1]), []).append(np.concatenate([[1.0], relative])[reached])
    frames = [
        pd.DataFrame(
            {
                tables.ALGORITHM: algorithm,
                axis: points,
                tables.MEAN: np.mean(values, axis=0),
                tables.LOWER_QUARTILE: np.quantile(values, 0.25, axis=0),
                tables.UPPER_QUARTILE: np.quantile(values, 0.75, axis=0),
            }
        )
        for algorithm, values in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def winners(
    searches: pd.DataFrame, axis: str, budget: float, shares: Iterable[float]
) -> pd.DataFrame:
    """Say who has the best therapy at which share of the budget, over patients.

    Ties within the solver's tolerance count for everyone. Columns: budget share, the budget in
    units of ``axis``, algorithm, patients won, mean relative objective, winner.
    """
    keys = [tables.PATIENT, tables.ALGORITHM]
    starts = searches.groupby(tables.PATIENT)[tables.OBJECTIVE].max()
    rows = []
    for share in shares:
        within = searches[searches[axis] <= share * budget]
        per_seed = within.groupby([*keys, tables.SEED])[tables.OBJECTIVE].min().reset_index()
        table = per_seed.pivot_table(
            index=tables.PATIENT, columns=tables.ALGORITHM, values=tables.OBJECTIVE
        )
        # Without an evaluation so far a search stands at the reference therapy.
        algorithms = searches[tables.ALGORITHM].unique()
        table = table.reindex(index=starts.index, columns=sorted(algorithms)).T.fillna(starts).T
        won = table.le(table.min(axis=1) * (1 + OBJECTIVE_ERROR), axis=0).sum()
        mean = table.div(starts, axis=0).mean()
        rows += [
            {
                tables.BUDGET_SHARE: share,
                axis: share * budget,
                tables.ALGORITHM: algorithm,
                tables.PATIENTS_WON: int(won[algorithm]),
                tables.RELATIVE_OBJECTIVE: float(mean[algorithm]),
                tables.WINNER: bool(mean[algorithm] <= mean.min() * (1 + OBJECTIVE_ERROR)),
            }
            for algorithm in table.columns
        ]
    return pd.DataFrame(rows)
