"""What stands behind a failure of PhysiBoSS, where its words or the disk tell it."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from theraflow.tnf.engine.physiboss.program import read_end
from theraflow.work.status import AttemptError, Status

# How MaBoSS, and PhysiBoSS around it, begin to complain about a Boolean network.
_NETWORK_WORDS: Final = ("MaBoSS ERROR", "PhysiBoSS ERROR", "BNException", "syntax error")
_DISK_WORDS: Final = ("No space left on device", "Disk quota exceeded")
_FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_SMALLEST_ROOM_BYTES: Final = 2**20
_LONGEST_WORDS: Final = 200


def is_full_disk(error: OSError) -> bool:
    """Tell an error of a disk, or of a quota, that is full."""
    return error.errno in _FULL_DISK


def with_cause(failure: AttemptError, folder: Path, output_file: Path) -> AttemptError:
    """Put the cause and its remedy before the reason of a failed simulation, where they are known.

    ``folder`` is the private one, still as the program left it, and ``output_file`` has its words.
    """
    if failure.status is Status.TIMED_OUT:
        return failure
    lines = read_end(output_file).splitlines()
    if _said(lines, _DISK_WORDS) or not _has_room(folder):
        return AttemptError(Status.FAILED, f"{full_disk(folder)}; {failure.reason}")
    complaint = _said(lines, _NETWORK_WORDS)
    if complaint:
        return AttemptError(
            Status.FAILED,
            "its Boolean network cannot be used: fix the .bnd file, or the .cfg file; it said: "
            f"{complaint}",
        )
    return failure


def full_disk(folder: Path) -> str:
    """Say that the disk of a private folder is full, and what helps."""
    return f"the disk of {folder.parent} is full: free space, or give tnf.engine.scratch_folder"


def _said(lines: list[str], words: tuple[str, ...]) -> str:
    """Return the first line that holds some of the words, shortened; empty where none does."""
    found = (line.strip() for line in lines if any(word in line for word in words))
    return next(found, "")[:_LONGEST_WORDS]


def _has_room(folder: Path) -> bool:
    """Tell whether a file as large as the largest one of the output could still be written.

    PhysiBoSS does not look whether its files could be written, so that a full disk shows only as
    output that is truncated; and the free space that the system states knows no quotas.
    """
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            os.posix_fallocate(probe.fileno(), 0, max([_SMALLEST_ROOM_BYTES, *sizes]))
    except OSError as error:
        return not is_full_disk(error)
    return True
