"""Methods compared over problems and seeds: best so far, paired tests, winners by budget.

``searches`` and ``improvements`` are tables like ``tables.SEARCHES`` and ``tables.IMPROVEMENTS``;
an axis is one of ``tables.AXES``.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from theraflow.search import tables
from theraflow.search.problem import Values
from theraflow.stats.bootstrap import bootstrap_interval
from theraflow.stats.multiple_testing import holm
from theraflow.stats.paired import rank_biserial, signed_rank_p_value

KEYS: Final = [tables.PROBLEM, tables.EVALUATOR, tables.METHOD, tables.SEED]
# Differences below this part of the distance from the reference to the best known are ties.
TIE: Final = 1e-9
_BOOTSTRAP_SEED: Final = 1
_SPENT: Final = {tables.EVALUATION: tables.EVALUATIONS}


def largest_common_budget(searches: pd.DataFrame, axis: str) -> float:
    """Return what every one of the searches has spent."""
    return float(searches[_SPENT.get(axis, axis)].min())


def search_keys(searches: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return problem, evaluator, method and seed of each search."""
    return list(searches[KEYS].itertuples(index=False, name=None))


def with_gaps(
    searches: pd.DataFrame, improvements: pd.DataFrame, best_known: Mapping[str, float] | None
) -> pd.DataFrame:
    """Add the gap of each improvement: 1 at the reference of its problem, 0 at the best known.

    ``best_known`` holds objectives by problem; by default, the lowest that any of the searches
    found. Where the reference is not feasible, the first feasible candidate of the search that was
    worst off takes its place; where nothing is better than the reference, all gaps are 0.
    """
    lowest = improvements.groupby(tables.PROBLEM)[tables.OBJECTIVE].min()
    known: dict[Any, float] = {**lowest.to_dict(), **(best_known or {})}
    references = searches.groupby(tables.PROBLEM)[tables.REFERENCE_OBJECTIVE].first()
    firsts = improvements.groupby(KEYS)[tables.OBJECTIVE].first()
    worst = firsts.groupby(level=tables.PROBLEM).max()
    problems = improvements[tables.PROBLEM]
    best = problems.map(known).to_numpy(np.float64)
    start = problems.map(references.fillna(worst)).to_numpy(np.float64)
    above = improvements[tables.OBJECTIVE].to_numpy(np.float64) - best
    width = np.where(start > best, start - best, 1.0)
    return improvements.assign(**{tables.GAP: np.where(start > best, above / width, 0.0)})


def gaps_at(
    searches: pd.DataFrame, gaps: pd.DataFrame, axis: str, budgets: Sequence[float] | Values
) -> pd.DataFrame:
    """Say how far each search was at each budget: columns of the search, budget, gap.

    ``gaps`` is what ``with_gaps`` returns. The gap is infinite before the first feasible candidate.
    """
    by_search = dict(iter(gaps.groupby(KEYS)))
    frames = []
    for key in search_keys(searches):
        values = np.array([np.inf])
        reached = np.zeros(len(budgets), np.int64)
        if key in by_search:
            group = by_search[key].sort_values(tables.EVALUATION)
            values = np.concatenate([values, group[tables.GAP].to_numpy()])
            reached = np.searchsorted(group[axis].to_numpy(), np.asarray(budgets), side="right")
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(KEYS, key, strict=True)),
                    tables.BUDGET: np.asarray(budgets, np.float64),
                    tables.GAP: values[reached],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def best_so_far(
    searches: pd.DataFrame,
    improvements: pd.DataFrame,
    axis: str,
    points: int = 50,
    best_known: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Follow each method's gap up to the largest common budget, as ``tables.BEST_SO_FAR``.

    Quartiles are over problems and seeds, at ``points`` budgets that grow by one factor.
    """
    gaps = with_gaps(searches, improvements, best_known)
    budgets = budget_points(searches, improvements, axis, points)
    at = gaps_at(searches, gaps, axis, budgets)
    grouped = at.groupby([tables.METHOD, tables.BUDGET])[tables.GAP]
    rows = [
        {
            tables.METHOD: method,
            tables.AXIS: axis,
            tables.BUDGET: budget,
            "searches": len(values),
            **_quartiles(values.to_numpy()),
        }
        for (method, budget), values in grouped
    ]
    return pd.DataFrame(rows, columns=tables.BEST_SO_FAR.names)


def budget_points(
    searches: pd.DataFrame, improvements: pd.DataFrame, axis: str, points: int
) -> Values:
    """Return budgets (points,) from the first improvement to the largest common budget."""
    last = largest_common_budget(searches, axis)
    first = min(float(improvements[axis].min()), last)
    budgets = np.geomspace(first, last, points)
    if axis == tables.EVALUATION:
        budgets = np.unique(np.floor(budgets + 1e-9))
    budgets[-1] = last
    return budgets


def compare_pairs(
    values: pd.DataFrame, column: str, tie: float = TIE, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare every pair of methods over the problems that both have searched: ``tables.PAIRS``.

    ``values`` has problem, method, seed and the column, where lower is better; seeds are averaged.
    Gains up to ``tie`` count as none. Wilcoxon's signed-rank test, Holm's adjustment over all
    pairs, and the rank-biserial correlation as effect size, positive where the first is better.
    The interval of the median gain is a bootstrap over problems.
    """
    table = _means(values, column)
    rows = []
    for first, second in combinations(sorted(table.columns), 2):
        both = table[[first, second]].dropna().to_numpy(np.float64)
        if not len(both):
            continue
        gain = _difference(both[:, 1], both[:, 0])
        gain = np.where(np.abs(gain) <= tie, 0.0, gain)
        lower, upper = bootstrap_interval(
            gain, _median, confidence, np.random.default_rng(_BOOTSTRAP_SEED)
        )
        rows.append(
            {
                "first": first,
                "second": second,
                "problems": len(gain),
                "first_better": int((gain > 0).sum()),
                "second_better": int((gain < 0).sum()),
                "median_gain": float(_median(gain[None], axis=1)[0]),
                "gain_lower": lower,
                "gain_upper": upper,
                "effect_size": rank_biserial(gain),
                "p_value": signed_rank_p_value(gain),
            }
        )
    result = pd.DataFrame(rows, columns=tables.PAIRS.names)
    result["p_value_holm"] = holm(result["p_value"].to_numpy(np.float64))
    return result


def winners(
    searches: pd.DataFrame,
    improvements: pd.DataFrame,
    axis: str,
    shares: Sequence[float],
    tie: float = TIE,
    best_known: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Count on how many problems each method is best at shares of the largest common budget.

    Seeds are averaged; methods whose gaps (``with_gaps``) lie within ``tie`` of the best share the
    problem. Only problems that all methods have searched count. Columns as ``tables.WINNERS``.
    """
    budget = largest_common_budget(searches, axis)
    gaps = with_gaps(searches, improvements, best_known)
    at = gaps_at(searches, gaps, axis, [share * budget for share in shares])
    rows = []
    for spent, group in at.groupby(tables.BUDGET):
        table = _means(group, tables.GAP).dropna()
        values = table.to_numpy(np.float64)
        is_best = _difference(values, values.min(axis=1, keepdims=True)) <= tie
        wins = (is_best / is_best.sum(axis=1, keepdims=True)).sum(axis=0)
        rows += [
            {
                tables.AXIS: axis,
                tables.BUDGET: spent,
                tables.METHOD: method,
                "wins": won,
                "problems": len(table),
            }
            for method, won in zip(table.columns, wins, strict=True)
        ]
    return pd.DataFrame(rows, columns=tables.WINNERS.names)


def _means(values: pd.DataFrame, column: str) -> pd.DataFrame:
    """Average over seeds: a row per problem, a column per method, NaN where not searched."""
    return values.pivot_table(
        index=tables.PROBLEM, columns=tables.METHOD, values=column, aggfunc="mean", observed=True
    )


def _quartiles(values: Values) -> dict[str, float]:
    # Values that occur, not means of two: before the first feasible candidate they are infinite.
    quartiles = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    names = ("lower_quartile", "median", "upper_quartile")
    return dict(zip(names, quartiles.tolist(), strict=True))


def _median(samples: Values, axis: int) -> Values:
    return np.asarray(np.quantile(samples, 0.5, axis=axis, method="inverted_cdf"))


def _difference(first: Values, second: Values) -> Values:
    """Subtract where infinite less infinite, two searches without a feasible candidate, is 0."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(first - second, nan=0.0, posinf=np.inf, neginf=-np.inf)
