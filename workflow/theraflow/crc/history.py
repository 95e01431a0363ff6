"""The history of one therapy search: every improvement, written as it happens."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

_KIND: Final = "kind"
_IMPROVEMENT: Final = "improvement"
_PROGRESS: Final = "progress"
_PROGRESS_INTERVAL_S: Final = 5.0


@dataclass(frozen=True)
class Spent:
    """Budget that a search has used: therapies simulated, wall seconds, CPU seconds."""

    evaluations: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class HistoryFile:
    """JSON lines that are appended and flushed one by one; a killed job leaves all but the last.

    Improvements carry a whole row; in between, the budget used is noted every few seconds, so that
    a search which goes on later knows what it has left.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._noted_at = time.monotonic()

    def read(self) -> tuple[pd.DataFrame, Spent]:
        """Return the improvements so far, oldest first, and the budget used."""
        rows: list[dict[str, Any]] = []
        spent = Spent()
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the job was killed while it wrote this line
                spent = Spent(entry["evaluation"], entry["seconds"], entry["cpu_seconds"])
                if entry.pop(_KIND) == _IMPROVEMENT:
                    rows.append(entry)
        return pd.DataFrame(rows), spent

    def add_improvement(self, row: dict[str, float]) -> None:
        """Append a row; it holds at least ``evaluation``, ``seconds`` and ``cpu_seconds``."""
        self._append({_KIND: _IMPROVEMENT, **row})

    def note_progress(self, spent: Spent, *, now: bool = False) -> None:
        """Note the budget used, at most every few seconds unless ``now`` is set."""
        if now or time.monotonic() - self._noted_at >= _PROGRESS_INTERVAL_S:
            self._append(
                {
                    _KIND: _PROGRESS,
                    "evaluation": spent.evaluations,
                    "seconds": spent.seconds,
                    "cpu_seconds": spent.cpu_seconds,
                }
            )

    def _append(self, entry: dict[str, Any]) -> None:
        self._noted_at = time.monotonic()
        # The line break comes first, so that a line cut short spoils only itself.
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(entry))
