"""How an attempt at a piece of work ends: the classes of the ledger."""

from enum import StrEnum
from typing import Final

from theraflow.core.errors import UserError


class Status(StrEnum):
    """The class of an attempt."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    REJECTED = "rejected"


# Done, for good or ill: the same work with the same seed ends so again.
FINAL: Final = frozenset({Status.OK, Status.REJECTED})


class AttemptError(Exception):
    """An attempt that ended without a result, and its class.

    What an engine raises to say more than that it failed; any other exception counts as
    ``Status.FAILED``. ``reason`` is one line for people.
    """

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def class_of(error: Exception) -> tuple[Status, str]:
    """Return the class of what ended with an exception, and the reason in one line."""
    if isinstance(error, AttemptError):
        return error.status, error.reason
    if isinstance(error, UserError):
        return Status.FAILED, str(error)
    return Status.FAILED, " ".join(f"{type(error).__name__}: {error}".split())
