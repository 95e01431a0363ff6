"""Pieces of work that a campaign has done, counted file by file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from theraflow.core.errors import UserError
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import JOURNAL_SUFFIX, LEDGER_SUFFIX, attempts_in
from theraflow.work.status import FINAL

_SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True)
class Pieces:
    """Pieces of work by where they stand, and the time that all attempts at them took."""

    done: int = 0
    running: int = 0
    failed: int = 0
    core_hours: float = 0.0
    done_core_hours: float = 0.0

    def __add__(self, other: "Pieces") -> "Pieces":
        return Pieces(
            self.done + other.done,
            self.running + other.running,
            self.failed + other.failed,
            self.core_hours + other.core_hours,
            self.done_core_hours + other.done_core_hours,
        )


class PieceCounter:
    """Counts the pieces of work below folders again and again, reading only what has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], Pieces]] = {}

    def count(self, folder: Path) -> Pieces:
        """Count the pieces of work that the ledgers and journals below a folder tell of.

        A piece of which the last attempt began and has not ended counts as running; one that has
        ended without a result as failed. Files that end or vanish meanwhile are left out.
        """
        return sum((self._count_file(file) for file in _files(folder)), Pieces())

    def _count_file(self, file: Path) -> Pieces:
        try:
            status = file.stat()
            stamp = status.st_mtime_ns, status.st_size
            if self._known.get(file, (None,))[0] != stamp:
                self._known[file] = stamp, _count(attempts_in(file).to_pandas())
        # A job may finish its batch, and delete the journal, at any moment.
        except (OSError, UserError):
            return Pieces()
        return self._known[file][1]


def _files(folder: Path) -> Iterator[Path]:
    for suffix in (LEDGER_SUFFIX, JOURNAL_SUFFIX):
        yield from folder.rglob(f"*{suffix}")


def _count(attempts: pd.DataFrame) -> Pieces:
    if attempts.empty:
        return Pieces()
    last = attempts.sort_values(schema.ATTEMPT, kind="stable").groupby(schema.KEY).tail(1)
    is_done = last[schema.STATUS].isin(FINAL)
    is_running = last[schema.STATUS] == schema.UNFINISHED
    return Pieces(
        done=int(is_done.sum()),
        running=int(is_running.sum()),
        failed=int((~is_done & ~is_running).sum()),
        core_hours=float(attempts[schema.WALL_S].sum()) / _SECONDS_PER_HOUR,
        done_core_hours=float(last.loc[is_done, schema.WALL_S].sum()) / _SECONDS_PER_HOUR,
    )
