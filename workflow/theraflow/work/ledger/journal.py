"""A journal of work in progress: an append-only file that outlives a kill at any moment."""

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from theraflow.core.files import refuse_link_out

log = logging.getLogger(__name__)


class Journal:
    """Records, one JSON object per line, appended as they come.

    A line is written with a single call and counts once its line end is there. A kill in
    mid-write leaves a last line without one: opening the journal cuts it off, and that piece of
    work is done again. One process writes at a time; another that opens it waits for its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []
        self._file: BinaryIO

    def __enter__(self) -> Self:
        refuse_link_out(self.path.parent)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _open_locked(self.path)
        self._file.seek(0)
        content = self._file.read()
        self.records, length = _whole_records(content)
        # Where there are no locks another job may have added records since.
        if length < len(content):
            self._file.truncate(length)
        return self

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; it survives a kill of this process from the return of this call on."""
        self._file.write(json.dumps(record, sort_keys=True).encode() + b"\n")
        self.records.append(dict(record))

    def refresh(self) -> None:
        """Read again what the file holds, which is more than was appended here without locks."""
        self._file.seek(0)
        self.records, _ = _whole_records(self._file.read())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Workers that this process has forked hold the file, too, and with it the lock.
        with contextlib.suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._file.close()

    def remove(self) -> None:
        """Delete the journal, once its records are kept elsewhere; before it is closed."""
        self.path.unlink(missing_ok=True)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read the whole records of a journal that may be in use; none where it is gone."""
    refuse_link_out(path)
    try:
        return _whole_records(path.read_bytes())[0]
    except FileNotFoundError:
        return []


def _open_locked(path: Path) -> BinaryIO:
    """Open a journal that no other process has open; raises ``UserError`` for a link out."""
    refuse_link_out(path)
    while True:
        file = path.open("a+b", buffering=0)
        _lock(file, path)
        # Its last user may have removed it while this process waited.
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.warning("%s is in use by another job; waiting for its end", path)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        log.info("%s: the file system offers no locks (%s)", path, error.strerror)


def _whole_records(content: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the records up to the first broken line, and the number of bytes they take."""
    records, length = [], 0
    for line in content.splitlines(keepends=True):
        try:
            record = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            record = None
        if not isinstance(record, dict):
            break
        records.append(record)
        length += len(line)
    return records, length
