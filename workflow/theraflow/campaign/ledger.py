"""A ledger of finished work: an append-only file that outlives a kill at any moment."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self


class Ledger:
    """Records of finished work, one JSON object per line, appended as they come.

    A line is written with a single call and counts once its line end is there. A kill in
    mid-write leaves a last line without one: opening the ledger cuts it off, and that piece of
    work is done again. One process writes at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []
        self._file: BinaryIO

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b", buffering=0)
        self._file.seek(0)
        self.records, length = _whole_records(self._file.read())
        self._file.truncate(length)
        return self

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; it survives a kill of this process from the return of this call on."""
        self._file.write(json.dumps(record, sort_keys=True).encode() + b"\n")
        self.records.append(dict(record))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def remove(self) -> None:
        """Delete the ledger, once its records are kept elsewhere."""
        self.path.unlink(missing_ok=True)


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
