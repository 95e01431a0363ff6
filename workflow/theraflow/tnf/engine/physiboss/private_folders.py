"""The folder of one simulation, and the removal of those whose owner was killed.

A folder belongs to the process that holds the lock on its file ``owner``: the system releases it
when that process ends, however it ends. The folder is named by the machine, as a lock may
mean nothing to another one.
"""

import contextlib
import fcntl
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_OWNER: Final = "owner"


@contextlib.contextmanager
def private_folder(scratch_folder: Path | None, *, keep: bool) -> Iterator[Path]:
    """Make a folder below ``scratch_folder``, or the system's, and remove it when the block ends.

    With ``keep`` it stays, and nothing removes it later. Raises ``OSError`` where none can be made.
    """
    parent = _parent(scratch_folder)
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_prefix()}-", dir=parent)).resolve()
    try:
        with contextlib.nullcontext() if keep else _owned(folder):
            yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(scratch_folder: Path | None) -> int:
    """Remove what killed processes of this machine left below ``scratch_folder``; counts it.

    A folder stays while its owner lives, when it is of another machine, user or purpose, and on a
    file system without locks.
    """
    found = _parent(scratch_folder).glob("*")
    own = [folder for folder in found if folder.name.rpartition("-")[0] == _prefix()]
    return sum(map(_remove_if_abandoned, own))


def _remove_if_abandoned(folder: Path) -> bool:
    if folder.is_symlink():
        return False
    try:
        with (folder / _OWNER).open("r+b") as owner:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    # No lock was ever held, someone holds it, or the folder is another user's.
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _owned(folder: Path) -> Iterator[None]:
    with (folder / f".{_OWNER}").open("wb") as owner:
        # The file has its name only from when it is locked: before, nobody can take it for free.
        if _is_locked(owner):
            (folder / f".{_OWNER}").rename(folder / _OWNER)
        yield


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    # Some file systems of clusters have no locks.
    except OSError:
        return False
    return True


def _parent(scratch_folder: Path | None) -> Path:
    return Path(tempfile.gettempdir()) if scratch_folder is None else scratch_folder


def _prefix() -> str:
    return f"theraflow-physiboss-{socket.gethostname()}"
