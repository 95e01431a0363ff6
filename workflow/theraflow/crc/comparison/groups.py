"""Groups of algorithms that can be compared with each other: all, and those of one budget."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from theraflow.config.crc.search import SearchConfig
from theraflow.crc import tables
from theraflow.crc.comparison.best import SEARCH
from theraflow.crc.search.plan import budget_of
from theraflow.search import tables as search_tables
from theraflow.search.comparison.algorithms import largest_common_budget
from theraflow.search.run import EndedBy

ALL: Final = "all"
_NAMES: Final = {
    tables.SUBJECT: search_tables.PROBLEM,
    tables.ALGORITHM: search_tables.METHOD,
}
_SPENT: Final = (search_tables.EVALUATIONS, search_tables.WALL_S, search_tables.CPU_S)


@dataclass(frozen=True, eq=False)
class Group:
    """Searches by several algorithms, over the patients that all of them have searched.

    ``searches`` and ``improvements`` are like ``SEARCHES`` and ``IMPROVEMENTS`` of
    ``theraflow.search``: the problem is the patient, the method the algorithm of the config.
    ``axis`` is what their budget counts, ``axes`` are all that they are compared by.
    """

    name: str
    searches: pd.DataFrame
    improvements: pd.DataFrame
    axis: str
    axes: tuple[str, ...]

    @property
    def patients(self) -> int:
        """How many patients all of its algorithms have searched."""
        return int(self.searches[search_tables.PROBLEM].nunique())

    @cached_property
    def budget(self) -> float:
        """The largest common budget, on ``axis``."""
        return largest_common_budget(self.searches, self.axis)


def group_searches(
    searches: pd.DataFrame, improvements: pd.DataFrame, config: SearchConfig
) -> list[Group]:
    """Group all algorithms, and each two or more that have the same budget and patients.

    ``searches`` and ``improvements`` are those of ``read_searches``.
    """
    patients = improvements.groupby(tables.ALGORITHM)[tables.SUBJECT].agg(frozenset)
    alike: dict[tuple[tuple[float | None, int | None], frozenset[str]], list[str]] = {}
    for name, subjects in patients.items():
        budget = budget_of(config.algorithms[str(name)], config)
        alike.setdefault((budget, subjects), []).append(str(name))
    groups = [_join(ALL, list(patients.index), searches, improvements, config)]
    for (budget, subjects), names in alike.items():
        if 1 < len(names) < len(patients):
            groups.append(
                _join(_title(budget, len(subjects)), names, searches, improvements, config)
            )
    return groups


def _title(budget: tuple[float | None, int | None], patients: int) -> str:
    seconds, evaluations = budget
    spent = f"{evaluations:,} evaluations" if seconds is None else f"{seconds:g} s"
    return f"{spent} on {patients} patient{'s' if patients > 1 else ''}"


def _join(
    name: str,
    algorithms: list[str],
    searches: pd.DataFrame,
    improvements: pd.DataFrame,
    config: SearchConfig,
) -> Group:
    chosen = improvements[improvements[tables.ALGORITHM].isin(algorithms)]
    known = chosen.groupby(tables.SUBJECT)[tables.ALGORITHM].nunique()
    chosen = chosen[chosen[tables.SUBJECT].isin(known.index[known == len(algorithms)])]
    sizes = chosen.filter(like=tables.PARAMETER_PREFIX).shape[1]
    references = chosen[chosen[tables.EVALUATION] == 1][[*SEARCH, tables.OBJECTIVE]]
    members = references.rename(
        columns={tables.OBJECTIVE: search_tables.REFERENCE_OBJECTIVE}
    ).merge(searches.drop(columns=tables.OBJECTIVE), on=SEARCH)
    # A search that its method has ended would find no more, however much it were given.
    is_over = members[tables.ENDED_BY] == EndedBy.METHOD
    for spent in _SPENT:
        members[spent] = members[spent].mask(is_over, members[spent].max())
    members = members.assign(**{search_tables.DIMENSION: sizes})
    chosen = chosen.merge(members[[*SEARCH, tables.EVALUATOR]], on=SEARCH)
    timed = [budget_of(config.algorithms[each], config)[0] is not None for each in algorithms]
    wall = (search_tables.WALL_S,) if np.any(timed) else ()
    return Group(
        name,
        members.drop(columns=tables.METHOD).rename(columns=_NAMES),
        chosen.rename(columns=_NAMES),
        search_tables.WALL_S if all(timed) else search_tables.EVALUATION,
        (search_tables.EVALUATION, search_tables.CPU_S, *wall),
    )
