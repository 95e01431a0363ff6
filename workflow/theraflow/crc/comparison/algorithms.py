"""Algorithms compared within each group: progress, run times, tests, winners, averages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.crc import tables
from theraflow.crc.comparison.best import best_therapies
from theraflow.crc.comparison.groups import Group
from theraflow.crc.comparison.tables import (
    COMPARED_THERAPIES_SCHEMA,
    DEVIATION,
    GROUP,
    PATIENTS,
    SUMMARISED,
)
from theraflow.crc.therapy.therapy import OBJECTIVE_ERROR
from theraflow.search import tables as search_tables
from theraflow.search.comparison.algorithms import (
    best_so_far,
    compare_pairs,
    gaps_at,
    winners,
    with_gaps,
)
from theraflow.search.comparison.run_times import (
    expected_run_times,
    run_time_distribution,
    run_times,
)

_OWN_NAMES: Final = {
    search_tables.PROBLEM: tables.SUBJECT,
    search_tables.METHOD: tables.ALGORITHM,
}


def compare_algorithms(
    groups: Iterable[Group], best_known: Mapping[str, float], config: ComparisonConfig
) -> dict[str, pd.DataFrame]:
    """Compare the algorithms of each group at its largest common budget.

    ``best_known`` is J by patient. Returns the tables of ``COMPARISON_TABLES`` that have a column
    group. Differences below the error of J are ties.
    """
    compared = [_compare(group, best_known, config) for group in groups]
    return {
        name: pd.concat([of_group[name] for of_group in compared], ignore_index=True)
        for name in compared[0]
    }


def compared_therapies(group: Group) -> pd.DataFrame:
    """List the best therapy that every search had found at the largest common budget."""
    within = group.improvements[group.improvements[group.axis] <= group.budget]
    best = best_therapies(within.rename(columns=_OWN_NAMES))
    best[[search_tables.AXIS, search_tables.BUDGET]] = group.axis, group.budget
    return best


def summarise(group: Group, therapies: pd.DataFrame) -> pd.DataFrame:
    """Average what algorithms had found at the largest common budget (paper, Fig. 2).

    Over patients and seeds of ``compared_therapies``; one row per algorithm, the best J first.
    """
    grouped = therapies.groupby(tables.ALGORITHM)[list(SUMMARISED)]
    summary = grouped.mean()
    summary[[f"{value}{DEVIATION}" for value in SUMMARISED]] = grouped.std()
    summary[search_tables.AXIS] = group.axis
    summary[search_tables.BUDGET] = group.budget
    summary[PATIENTS] = group.patients
    return summary.sort_values(tables.RELATIVE_OBJECTIVE).reset_index()


def _compare(
    group: Group, best_known: Mapping[str, float], config: ComparisonConfig
) -> dict[str, pd.DataFrame]:
    searches, found = group.searches, group.improvements
    therapies = compared_therapies(group)
    times = {axis: run_times(searches, found, axis, best_known=best_known) for axis in group.axes}
    # Where 0 is the best known, a gap is J over that of the reference.
    zeros = dict.fromkeys(best_known, 0.0)
    relative = gaps_at(searches, with_gaps(searches, found, zeros), group.axis, [group.budget])

    def over_axes(compute: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
        return pd.concat(map(compute, group.axes), ignore_index=True)

    compared = {
        "compared_therapies": therapies[
            [name for name in COMPARED_THERAPIES_SCHEMA.names if name != GROUP]
        ],
        "summary": summarise(group, therapies),
        "best_so_far": over_axes(
            lambda axis: best_so_far(searches, found, axis, best_known=best_known)
        ),
        "run_time_distribution": over_axes(
            lambda axis: run_time_distribution(searches, found, times[axis])
        ),
        "expected_run_times": over_axes(lambda axis: expected_run_times(times[axis])),
        "pairs": compare_pairs(relative, search_tables.GAP, OBJECTIVE_ERROR),
        "winners": over_axes(
            lambda axis: winners(
                searches, found, axis, config.budget_shares, OBJECTIVE_ERROR, zeros
            )
        ),
    }
    return {
        name: frame.rename(columns=_OWN_NAMES).assign(**{GROUP: group.name})
        for name, frame in compared.items()
    }
