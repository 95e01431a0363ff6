"""Errors that the user can fix."""

import errno
from typing import Final

_LIMITS: Final = {
    errno.ENOSPC: "no space is left on the device; free some",
    errno.EDQUOT: "the quota of the device is used up; free some space, or ask for more",
    errno.EROFS: "the file system is read-only; make it writable",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine; end other programs",
    errno.ENOMEM: "memory is used up; give more",
}


class UserError(Exception):
    """A fault in what the user gave: one line that names the thing and the remedy.

    Entry points print it without a traceback and exit with code 2.
    """


def as_user_error(error: BaseException) -> UserError | None:
    """Tell an error in one line: its own, or the limit of the machine it met; None for others."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, MemoryError):
        said = _LIMITS[errno.ENOMEM]
    elif isinstance(error, OSError) and error.errno in _LIMITS:
        said = _LIMITS[error.errno]
    else:
        return None
    place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    return UserError(f"{place}{said}, and start again: what is finished is kept")
