"""Limits of the machine are told in one line, other errors are not."""

import errno
import os

import pytest

from theraflow.core.errors import UserError, as_user_error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space is left on the device; free some"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only; make it writable"),
        (errno.EMFILE, "ulimit -n"),
    ],
)
def test_a_limit_of_the_machine_names_the_file_and_the_remedy(code, words):
    told = str(as_user_error(OSError(code, os.strerror(code), "results/a.parquet")))
    assert told.startswith("results/a.parquet: ")
    assert words in told
    assert "start again: what is finished is kept" in told


def test_other_errors_are_not_explained_away():
    assert as_user_error(OSError(errno.EIO, "input/output error")) is None
    assert as_user_error(ValueError("wrong")) is None
    error = UserError("give another")
    assert as_user_error(error) is error
    assert "memory" in str(as_user_error(MemoryError()))
