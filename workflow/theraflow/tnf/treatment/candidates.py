"""Which of the treatments that searches have found are worth simulating: few, and distinct."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from theraflow.search import tables as search_tables
from theraflow.search.comparison.pareto import front_of, non_dominated
from theraflow.search.history import read_history
from theraflow.search.problem import Values
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.problem import (
    CELLS_LEFT,
    CELLS_LEFT_DEVIATION,
    TNF_GIVEN,
    Region,
    TreatmentProblem,
)

_PREDICTIONS = {
    tables.PREDICTED_CELLS_LEFT: CELLS_LEFT,
    tables.PREDICTED_DEVIATION: CELLS_LEFT_DEVIATION,
    tables.TNF_GIVEN: TNF_GIVEN,
}
_BOTH_OBJECTIVES = [tables.PREDICTED_CELLS_LEFT, tables.TNF_GIVEN]


def best_candidates(
    folder: Path,
    posed: TreatmentProblem,
    evaluations: int,
    count: int,
    least_distance: float,
    region: Region,
) -> pd.DataFrame:
    """Return the best distinct treatments of a history within a budget, the best one first.

    ``least_distance`` is that of ``distinct_best``, in ``region``. Columns are those of treatments
    and predictions in ``tables.CANDIDATES_SCHEMA``.
    """
    blocks = read_history(folder, posed.problem, evaluations=evaluations)
    nothing = search_tables.history_schema(posed.problem).empty_table()
    rows = pa.concat_tables(
        [nothing, *(block.filter(block.column(search_tables.FEASIBLE)) for block in blocks)]
    ).unify_dictionaries()
    return distinct_best(_as_candidates(rows, posed), region, count, least_distance)


def front_candidates(
    folder: Path, posed: TreatmentProblem, evaluations: int, count: int
) -> pd.DataFrame:
    """Return treatments of the front of cells left against TNF given, spread over it.

    A search of one objective has passed it on its way. Columns as for ``best_candidates``.
    """
    terms = [search_tables.TERM_PREFIX + name for name in (CELLS_LEFT, TNF_GIVEN)]
    rows = front_of([folder], posed.problem, terms, evaluations=evaluations)
    return spread_front(_as_candidates(rows, posed), count)


def distinct_best(
    candidates: pd.DataFrame, region: Region, count: int, least_distance: float
) -> pd.DataFrame:
    """Take the best candidates by prediction, none of them within ``least_distance`` of a better.

    The distance is the largest difference of a variable as a share of its range, concentrations on
    a logarithmic scale.
    """
    ranked = candidates.sort_values(
        [tables.PREDICTED_OBJECTIVE, *tnf_tables.PARAMETER_COLUMNS], kind="stable"
    )
    places = _places(ranked, region)
    kept: list[int] = []
    waiting = np.arange(len(ranked))
    while len(kept) < count and len(waiting):
        best = int(waiting[0])
        kept.append(best)
        distances = np.abs(places[waiting] - places[best]).max(axis=1)
        waiting = waiting[distances > least_distance]
    return ranked.iloc[kept].reset_index(drop=True)


def spread_front(candidates: pd.DataFrame, count: int) -> pd.DataFrame:
    """Take candidates of the front of cells left against TNF given, evenly in the order of TNF."""
    points = candidates[_BOTH_OBJECTIVES].to_numpy(np.float64)
    front = candidates[non_dominated(points)].sort_values(_BOTH_OBJECTIVES[::-1], kind="stable")
    chosen = np.unique(np.linspace(0, len(front) - 1, count).round().astype(int))
    return front.iloc[chosen[: len(front)]].reset_index(drop=True)


def _as_candidates(rows: pa.Table, posed: TreatmentProblem) -> pd.DataFrame:
    candidates = np.column_stack(
        [
            rows.column(search_tables.PARAMETER_PREFIX + variable.name).to_numpy()
            for variable in posed.problem.space.variables
        ]
    )
    treatments = posed.treatments(candidates)
    frame = pd.DataFrame(treatments, columns=list(tnf_tables.PARAMETER_COLUMNS))
    for column, term in _PREDICTIONS.items():
        frame[column] = rows.column(search_tables.TERM_PREFIX + term).to_numpy()
    frame[tables.PREDICTED_OBJECTIVE] = objective_of(posed, frame)
    return frame


def objective_of(posed: TreatmentProblem, frame: pd.DataFrame) -> Values:
    """Weigh predictions as the objective does, also those of a search of a front."""
    weights = posed.objective
    cautious = (
        frame[tables.PREDICTED_CELLS_LEFT] + weights.caution * frame[tables.PREDICTED_DEVIATION]
    )
    objective = weights.cells_weight * cautious + weights.tnf_weight * frame[tables.TNF_GIVEN]
    return objective.to_numpy(np.float64)


def _places(frame: pd.DataFrame, region: Region) -> Values:
    """Map treatments into the unit cube of their region (n, 3)."""
    treatments = frame[list(tnf_tables.PARAMETER_COLUMNS)].to_numpy(np.float64)
    lowest, highest, scaled = (
        np.column_stack([values[:, :2], np.log10(values[:, 2:])])
        for values in (np.array([region.lowest]), np.array([region.highest]), treatments)
    )
    places: Values = (scaled - lowest) / (highest - lowest)
    return places
