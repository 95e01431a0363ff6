"""All tables of the comparison at once, from the files of the searches."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.study import CrcConfig
from theraflow.crc import tables
from theraflow.crc.comparison.comparison import (
    best_so_far,
    best_therapies,
    compare_pairs,
    count_responses,
    simulate_courses,
    summarise_algorithms,
    therapies_of,
    weekly_doses,
    winners,
)

_CURVE_POINTS: Final = 200


def comparison_tables(
    searches: pd.DataFrame,
    spent: pd.DataFrame,
    problem_files: Mapping[int, Path],
    config: CrcConfig,
) -> dict[str, pd.DataFrame]:
    """Compute every table in ``report_names.TABLES``.

    ``searches`` holds all improvements; ``spent`` one row per search with columns evaluation and
    seconds, and what ended it; ``problem_files`` the COPASI file of every patient.
    """
    best = best_therapies(searches, config)
    seeds: Sequence[int] = sorted(best[tables.SEED].unique())
    courses = pd.concat(
        [
            simulate_courses(path, therapies_of(best, patient, seed, config), config).assign(
                **{tables.PATIENT: patient, tables.SEED: seed}
            )
            for patient, path in problem_files.items()
            for seed in seeds
        ],
        ignore_index=True,
    )
    # Methods differ in evaluations per second: a budget of evaluations that some search did not
    # reach would not compare like with like. A method that ends by itself keeps what it found.
    full = spent[spent["ended_by"] == "budget"]
    ends = {
        axis: float((full if len(full) else spent)[axis].min())
        for axis in (tables.EVALUATION, tables.SECONDS)
    }
    shares = config.comparison.budget_shares
    return {
        "best_therapies": best,
        "weekly_doses": weekly_doses(best, config),
        "courses": courses,
        "summary": summarise_algorithms(best),
        "responses": count_responses(courses, config.comparison),
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
