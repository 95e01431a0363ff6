"""Run times to targets and their distributions, as COCO and IOHprofiler show them.

A target is a gap (see ``comparison.with_gaps``), so that problems of different scales can be put
together. Hansen et al. (2016) describe expected run times and their distributions.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from theraflow.search import tables
from theraflow.search.comparison.algorithms import (
    KEYS,
    budget_points,
    largest_common_budget,
    search_keys,
    with_gaps,
)
from theraflow.search.problem import Values

TARGETS: Final = np.logspace(-0.1, -3, 30)


def run_times(
    searches: pd.DataFrame,
    improvements: pd.DataFrame,
    axis: str,
    targets: Values = TARGETS,
    best_known: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Say when each search reached each target: ``tables.RUN_TIMES``.

    What a search reached beyond the largest common budget counts as not reached, and what it spent
    there as not spent.
    """
    gaps = with_gaps(searches, improvements, best_known)
    by_search = dict(iter(gaps.groupby(KEYS)))
    budget = largest_common_budget(searches, axis)
    frames = []
    for key in search_keys(searches):
        times = np.full(len(targets), np.inf)
        if key in by_search:
            group = by_search[key].sort_values(tables.EVALUATION)
            # Gaps fall from row to row, so that their negatives are in order.
            first = np.searchsorted(-group[tables.GAP].to_numpy(), -targets, side="left")
            times = np.append(group[axis].to_numpy(np.float64), np.inf)[first]
        times = np.where(times <= budget, times, np.inf)
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(KEYS, key, strict=True)),
                    tables.AXIS: axis,
                    tables.TARGET: targets,
                    tables.RUN_TIME: times,
                    tables.SPENT: np.minimum(times, budget),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def expected_run_times(times: pd.DataFrame) -> pd.DataFrame:
    """Divide all that searches spent for a target by their successes: ``EXPECTED_RUN_TIMES``."""
    by = [tables.PROBLEM, tables.METHOD, tables.AXIS, tables.TARGET]
    grouped = times.assign(success=np.isfinite(times[tables.RUN_TIME])).groupby(by)
    counts = pd.DataFrame(
        {"searches": grouped["success"].size(), "successes": grouped["success"].sum()}
    )
    successes = counts["successes"].to_numpy(np.int64)
    spent = grouped[tables.SPENT].sum().to_numpy(np.float64)
    expected = np.where(successes > 0, spent / np.maximum(successes, 1), np.inf)
    return counts.assign(expected_run_time=expected).reset_index()


def run_time_distribution(
    searches: pd.DataFrame, improvements: pd.DataFrame, times: pd.DataFrame, points: int = 50
) -> pd.DataFrame:
    """Say which share of all targets each method has reached by a budget.

    ``times`` are the searches' run times of one axis. Columns as ``RUN_TIME_DISTRIBUTION``.
    """
    axis = str(times[tables.AXIS].iloc[0])
    budgets = budget_points(searches, improvements, axis, points)
    frames = []
    for method, group in times.groupby(tables.METHOD):
        ordered = np.sort(group[tables.RUN_TIME].to_numpy(np.float64))
        reached = np.searchsorted(ordered, budgets, side="right")
        frames.append(
            pd.DataFrame(
                {
                    tables.METHOD: method,
                    tables.AXIS: axis,
                    tables.BUDGET: budgets,
                    "share": reached / len(ordered),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
