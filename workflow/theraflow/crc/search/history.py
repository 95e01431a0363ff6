"""The history of one therapy search: every improvement, what of the budget is used, its end."""

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from theraflow.crc.search.budget import Budget, Spent
from theraflow.work.ledger.journal import Journal

_KIND: Final = "kind"
_IMPROVEMENT: Final = "improvement"
_PROGRESS: Final = "progress"
_END: Final = "ended_by_method"
_PROGRESS_INTERVAL_S: Final = 5.0


class EndedBy(StrEnum):
    """What ended a search: its budget, or the method by itself."""

    BUDGET = "budget"
    METHOD = "method"


@dataclass(frozen=True)
class Found:
    """What a search has found within a budget: improvements, oldest first, the expense, the end."""

    improvements: pd.DataFrame
    spent: Spent
    ended_by: EndedBy


class History:
    """A journal of improvements, written as they happen.

    In between, the budget used is noted every few seconds, so that a search that goes on after a
    kill knows what it has left. A method that has ended by itself stays ended, whatever the budget.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._noted_at = time.monotonic()

    @property
    def improvements(self) -> pd.DataFrame:
        """All improvements, oldest first."""
        return _improvements(self._journal.records)

    @property
    def spent(self) -> Spent:
        """The budget used when the last record was written."""
        return _spent(self._journal.records[-1]) if self._journal.records else Spent()

    @property
    def is_ended(self) -> bool:
        """Whether the method ended by itself."""
        return any(record[_KIND] == _END for record in self._journal.records)

    def add_improvement(self, spent: Spent, row: Mapping[str, float]) -> None:
        """Write a better therapy down."""
        self._append(_IMPROVEMENT, spent, row)

    def note_progress(self, spent: Spent, *, now: bool = False) -> None:
        """Note the budget used, at most every few seconds unless ``now`` is set."""
        if now or time.monotonic() - self._noted_at >= _PROGRESS_INTERVAL_S:
            self._append(_PROGRESS, spent, {})

    def note_end(self, spent: Spent) -> None:
        """Note that the method ended by itself."""
        self._append(_END, spent, {})

    def within(self, budget: Budget) -> Found:
        """Return what was found within a budget, which may be less than what was spent.

        The other expenses at that point are interpolated between the records around it.
        """
        records = self._journal.records
        covered = [record for record in records if budget.covers(_spent(record))]
        ended_by_method = any(record[_KIND] == _END for record in covered)
        return Found(
            _improvements(covered),
            _spent_within(records, budget),
            EndedBy.METHOD if ended_by_method else EndedBy.BUDGET,
        )

    def _append(self, kind: str, spent: Spent, row: Mapping[str, float]) -> None:
        self._noted_at = time.monotonic()
        self._journal.append({_KIND: kind, **asdict(spent), **row})


def _improvements(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = [record for record in records if record[_KIND] == _IMPROVEMENT]
    return pd.DataFrame(rows).drop(columns=_KIND, errors="ignore")


def _spent(record: Mapping[str, Any]) -> Spent:
    return Spent(**{name: record[name] for name in asdict(Spent())})


def _spent_within(records: Sequence[Mapping[str, Any]], budget: Budget) -> Spent:
    expenses = [Spent(), *map(_spent, records)]
    after = bisect_right([budget.used(spent) for spent in expenses], budget.amount)
    if after == len(expenses):
        return expenses[-1]
    low, high = expenses[after - 1], expenses[after]
    share = (budget.amount - budget.used(low)) / (budget.used(high) - budget.used(low))
    return Spent(
        evaluation=low.evaluation + int(share * (high.evaluation - low.evaluation)),
        seconds=low.seconds + share * (high.seconds - low.seconds),
        cpu_seconds=low.cpu_seconds + share * (high.cpu_seconds - low.cpu_seconds),
    )
