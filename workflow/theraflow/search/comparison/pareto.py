"""Fronts of several objectives, all minimised: what is not dominated, hypervolume, attainment."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from theraflow.search import tables
from theraflow.search.history import read_history
from theraflow.search.problem import Flags, Problem, Values


def non_dominated(points: Values) -> Flags:
    """Tell which points (n, m) no other dominates; of equal points the first."""
    import moocore

    if not len(points):
        return np.zeros(0, bool)
    return np.asarray(moocore.is_nondominated(np.ascontiguousarray(points)), bool)


def dominates(points: Values, other: Values) -> Flags:
    """Tell which points (n, m) are at least as good as ``other`` (m,), and better in one."""
    return np.asarray((points <= other).all(axis=1) & (points < other).any(axis=1))


def hypervolume(points: Values, worst: Values) -> float:
    """Return the volume that points (n, m) dominate, up to the worst point (m,) that counts."""
    import moocore

    inside = points[(points < worst).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=worst)) if len(inside) else 0.0


def attainment(fronts: Sequence[Values], shares: Sequence[float]) -> Values:
    """Return the empirical attainment function of fronts (n_i, m), one per search.

    Rows (k, m + 1): a corner of what at least a share of the searches attains, and that share
    (Fonseca and Fleming 1996).
    """
    import moocore

    sets = np.repeat(np.arange(len(fronts)), [len(front) for front in fronts])
    percentiles = [100 * share for share in shares]
    corners = moocore.eaf(np.vstack(fronts), sets, percentiles=percentiles)
    corners[:, -1] /= 100
    return np.asarray(corners)


def share_attaining(fronts: Sequence[Values], goal: Values) -> float:
    """Return the share of fronts with a point at least as good as the goal (m,) in everything."""
    return float(np.mean([(front <= goal).all(axis=1).any() for front in fronts]))


def objective_columns(problem: Problem) -> list[str]:
    """Return the columns of histories that hold a problem's objectives."""
    return [tables.OBJECTIVE_PREFIX + objective.name for objective in problem.objectives]


def front_of(
    folders: Iterable[Path],
    problem: Problem,
    columns: Sequence[str] | None = None,
    *,
    evaluations: int | None = None,
) -> pa.Table:
    """Merge the feasible rows of histories of one problem into their front.

    ``columns`` are what is minimised: by default the objectives; terms, to see the front that
    searches of a single objective have passed. ``evaluations`` limits each history to those within
    a budget. Read block by block; rows keep the columns of ``tables.history_schema`` and are in the
    order of the first of ``columns``.
    """
    columns = list(columns or objective_columns(problem))
    front = tables.history_schema(problem).empty_table()
    for folder in folders:
        for block in read_history(folder, problem, evaluations=evaluations):
            feasible = block.filter(block.column(tables.FEASIBLE))
            candidates = pa.concat_tables([front, feasible]).unify_dictionaries()
            front = candidates.filter(pa.array(non_dominated(_points(candidates, columns))))
    return front.combine_chunks().sort_by([(column, "ascending") for column in columns])


def hypervolumes(
    folder: Path, problem: Problem, ideal: Values, worst: Values, evaluations: Sequence[int]
) -> pd.DataFrame:
    """Follow the hypervolume of a search at numbers of evaluations: ``tables.HYPERVOLUMES``.

    It is the part of the box from the ideal point (m,) to the worst (m,) that is dominated.
    """
    columns = objective_columns(problem)
    front, waiting, rows = np.empty((0, len(columns))), sorted(evaluations), []
    for block in read_history(folder, problem):
        first, last = (block.column(tables.EVALUATION)[index].as_py() for index in (0, -1))
        points = _points(block, columns)
        feasible = block.column(tables.FEASIBLE).to_numpy()
        while waiting and waiting[0] <= last:
            evaluation = waiting.pop(0)
            within = slice(0, max(evaluation - first + 1, 0))
            seen = _front(front, points[within][feasible[within]])
            volume = hypervolume((seen - ideal) / (worst - ideal), np.ones(len(columns)))
            key = {
                field.name: block.column(field.name)[0].as_py() for field in tables.SEARCH_FIELDS
            }
            rows.append({**key, tables.EVALUATION: evaluation, tables.HYPERVOLUME: volume})
        front = _front(front, points[feasible])
    return pd.DataFrame(rows, columns=tables.HYPERVOLUMES.names)


def _front(front: Values, points: Values) -> Values:
    both = np.vstack([front, points])
    return both[non_dominated(both)]


def _points(table: pa.Table, columns: Sequence[str]) -> Values:
    return np.column_stack([table.column(column).to_numpy() for column in columns])
