"""All tables of the comparison at once, from the searches."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.best import best_therapies, summarise_algorithms, weekly_doses
from theraflow.crc.comparison.budgets import best_so_far, winners
from theraflow.crc.comparison.courses import simulate_all_courses
from theraflow.crc.comparison.pairs import compare_pairs
from theraflow.crc.comparison.responses import count_responses
from theraflow.crc.search.history import EndedBy

_CURVE_POINTS: Final = 200


def compare_searches(
    searches: pd.DataFrame,
    spent: pd.DataFrame,
    problem_files: Mapping[int, Path],
    config: ComparisonConfig,
    therapy: TherapyConfig,
    search_solver: SolverConfig,
) -> dict[str, pd.DataFrame]:
    """Compute every table in ``tables.COMPARISON_TABLES``.

    ``searches`` are those of ``read_searches``; ``spent`` those of ``read_spent``;
    ``problem_files`` the COPASI file of every patient.
    """
    best = best_therapies(searches, therapy)
    courses = simulate_all_courses(best, problem_files, therapy, search_solver)
    # Methods differ in evaluations per second: a budget of evaluations that some search did not
    # reach would not compare like with like. A method that ends by itself keeps what it found.
    full = spent[spent[tables.ENDED_BY] == EndedBy.BUDGET]
    ends = {
        axis: float((full if len(full) else spent)[axis].min())
        for axis in (tables.EVALUATION, tables.SECONDS)
    }
    shares = config.budget_shares
    return {
        "best_therapies": best,
        "weekly_doses": weekly_doses(best, therapy),
        "courses": courses,
        "summary": summarise_algorithms(best),
        "responses": count_responses(courses, best, config),
        "best_so_far_by_evaluation": best_so_far(
            searches, tables.EVALUATION, _points(1, ends[tables.EVALUATION])
        ),
        "best_so_far_by_seconds": best_so_far(
            searches, tables.SECONDS, _points(0.1, ends[tables.SECONDS])
        ),
        "pairs": compare_pairs(best),
        "winners_by_evaluation": winners(
            searches, tables.EVALUATION, ends[tables.EVALUATION], shares
        ),
        "winners_by_seconds": winners(searches, tables.SECONDS, ends[tables.SECONDS], shares),
    }


def _points(first: float, last: float) -> NDArray[np.float64]:
    return np.geomspace(first, max(last, 2 * first), _CURVE_POINTS)
