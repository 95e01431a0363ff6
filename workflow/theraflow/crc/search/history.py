"""The history of one therapy search: every improvement, and what of the budget is used."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from theraflow.work.ledger.journal import Journal

_KIND: Final = "kind"
_IMPROVEMENT: Final = "improvement"
_PROGRESS: Final = "progress"
_PROGRESS_INTERVAL_S: Final = 5.0


@dataclass(frozen=True)
class Spent:
    """Budget that a search has used: therapies simulated, wall seconds, CPU seconds.

    The names of the fields are columns of ``columns``.
    """

    evaluation: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class History:
    """A journal of improvements, written as they happen.

    In between, the budget used is noted every few seconds, so that a search that goes on after a
    kill knows what it has left.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._noted_at = time.monotonic()

    @property
    def improvements(self) -> pd.DataFrame:
        """All improvements, oldest first."""
        return improvements(self._journal.records)

    @property
    def spent(self) -> Spent:
        """The budget used when the last record was written."""
        if not self._journal.records:
            return Spent()
        last = self._journal.records[-1]
        return Spent(**{name: last[name] for name in asdict(Spent())})

    def add_improvement(self, spent: Spent, row: dict[str, float]) -> None:
        """Write a better therapy down."""
        self._append(_IMPROVEMENT, spent, row)

    def note_progress(self, spent: Spent, *, now: bool = False) -> None:
        """Note the budget used, at most every few seconds unless ``now`` is set."""
        if now or time.monotonic() - self._noted_at >= _PROGRESS_INTERVAL_S:
            self._append(_PROGRESS, spent, {})

    def _append(self, kind: str, spent: Spent, row: dict[str, float]) -> None:
        self._noted_at = time.monotonic()
        self._journal.append({_KIND: kind, **asdict(spent), **row})


def improvements(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Lay the improvements among a journal's records out as a table."""
    rows = [record for record in records if record[_KIND] == _IMPROVEMENT]
    return pd.DataFrame(rows).drop(columns=_KIND, errors="ignore")
