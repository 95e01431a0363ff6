"""Histories reduced to what comparisons need: one row per search, and its improvements."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from theraflow.core.errors import UserError
from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.history import read_history
from theraflow.search.problem import Problem

_KEYS = (tables.PROBLEM, tables.EVALUATOR, tables.METHOD, tables.SEED)


def reduce_history(
    folder: Path, problem: Problem, *, evaluations: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a history once, block by block, for tables like ``SEARCHES`` and ``IMPROVEMENTS``.

    The objective is the problem's first; only feasible candidates improve. ``evaluations`` limits
    the rows to those within a budget. Raises ``UserError`` as ``read_history`` does, and when there
    are none.
    """
    objective = tables.OBJECTIVE_PREFIX + problem.objectives[0].name
    best, improvements = np.inf, []
    search: dict[str, Any] = {}
    for block in read_history(folder, problem, evaluations=evaluations):
        columns = {
            name: block.column(name).to_numpy()
            for name in (objective, tables.FEASIBLE, *tables.AXES)
        }
        values = np.where(columns[tables.FEASIBLE], columns[objective], np.inf)
        before = np.minimum.accumulate(np.concatenate([[best], values]))
        better = np.flatnonzero(values < before[:-1])
        best = before[-1]
        last = block.slice(block.num_rows - 1).to_pylist()[0]
        if not search:
            search = _new_search(last, problem, values[0])
        improvements.append(
            pd.DataFrame(
                {
                    **{name: last[name] for name in _KEYS},
                    **{name: columns[name][better] for name in tables.AXES},
                    tables.OBJECTIVE: values[better],
                }
            )
        )
        status = block.column(tables.STATUS).combine_chunks().to_pylist()
        search[tables.EVALUATIONS] = last[tables.EVALUATION]
        search[tables.FEASIBLE_EVALUATIONS] += int(columns[tables.FEASIBLE].sum())
        search[tables.FAILED_EVALUATIONS] += len(status) - status.count(tables.STATUS_NAMES[0])
        search[tables.RESTARTS] = last[tables.RESTART]
        search |= {name: last[name] for name in (tables.WALL_S, tables.CPU_S)}
    if not search:
        raise UserError(f"{folder}: the budget ended before the first evaluation; raise it")
    return (
        pd.DataFrame([search])[tables.SEARCHES.names],
        pd.concat(improvements, ignore_index=True)[tables.IMPROVEMENTS.names],
    )


def evaluations_within(folder: Path, problem: Problem, budget: Budget) -> int:
    """Count the rows of a history that lie within a budget."""
    count = 0
    limits = {tables.WALL_S: budget.wall_s, tables.CPU_S: budget.cpu_s}
    for block in read_history(folder, problem, evaluations=budget.evaluations):
        within = block.num_rows
        for name, limit in limits.items():
            if limit is not None:
                times = block.column(name).to_numpy()
                within = min(within, int(np.searchsorted(times, limit, side="right")))
        count += within
        if within < block.num_rows:
            break
    return count


def improving_rows(folder: Path, problem: Problem, *, evaluations: int | None = None) -> pa.Table:
    """Return the rows of a history that are better than all before, with all of its columns.

    The objective is the problem's first; only feasible candidates improve. ``evaluations`` limits
    the rows to those within a budget. Raises ``UserError`` as ``read_history`` does.
    """
    objective = tables.OBJECTIVE_PREFIX + problem.objectives[0].name
    best, found = np.inf, [tables.history_schema(problem).empty_table()]
    for block in read_history(folder, problem, evaluations=evaluations):
        is_feasible = block.column(tables.FEASIBLE).to_numpy()
        values = np.where(is_feasible, block.column(objective).to_numpy(), np.inf)
        before = np.minimum.accumulate(np.concatenate([[best], values]))
        found.append(block.filter(pa.array(values < before[:-1])))
        best = before[-1]
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def reduce_histories(
    searches: Iterable[tuple[Path, Problem]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reduce many histories, one below the other."""
    reduced = [reduce_history(folder, problem) for folder, problem in searches]
    return (
        pd.concat([search for search, _ in reduced], ignore_index=True),
        pd.concat([improvement for _, improvement in reduced], ignore_index=True),
    )


def _new_search(row: dict[str, Any], problem: Problem, reference: float) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _KEYS},
        tables.DIMENSION: problem.space.dimension,
        tables.FEASIBLE_EVALUATIONS: 0,
        tables.FAILED_EVALUATIONS: 0,
        tables.REFERENCE_OBJECTIVE: reference if np.isfinite(reference) else np.nan,
    }
