"""Atomic files, which readers see whole or not at all, links out of results, the user's cache."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import platformdirs

from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash

REPOSITORY: Final = Path(__file__).resolve().parents[3]
# What a campaign writes below its working directory.
OWN_FOLDERS: Final = ("results", "logs")
_CHECKSUM_BYTES: Final = 32


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that replaces it when the block ends well.

    The temporary name keeps the suffix, as libraries choose formats by it. When the block raises,
    the temporary file is removed and ``target`` stays as it was. A link in place of ``target`` is
    replaced, not followed. Raises ``UserError`` when nothing can be written there, and when the
    folder is no part of the campaign's own (see ``refuse_link_out``).
    """
    refuse_link_out(target.parent)
    temporary = _temporary_beside(target)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(target: Path) -> None:
    """Raise ``UserError`` when ``target`` cannot be written; makes the folders above it."""
    refuse_link_out(target.parent)
    _temporary_beside(target).unlink()


def _temporary_beside(target: Path) -> Path:
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
        )
    except OSError as error:
        raise UserError(
            f"{target}: cannot be written ({error.strerror}); choose another place"
        ) from None
    os.close(descriptor)
    return Path(name)


def write_text_atomic(target: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def user_cache_file(*names: str) -> Path:
    """Name a file of the user's cache folder, where all that is kept only saves time."""
    return platformdirs.user_cache_path("theraflow").joinpath(*names)


def remember_text(target: Path, text: str) -> None:
    """Write UTF-8 text for later starts; a full or read-only home is no reason to fail."""
    with contextlib.suppress(UserError, OSError):
        write_text_atomic(target, text)


def remember_bytes(target: Path, content: bytes) -> None:
    """Write bytes and their checksum for later starts, as ``remember_text`` writes text."""
    with contextlib.suppress(UserError, OSError), atomic_path(target) as temporary:
        temporary.write_bytes(_checksum(content) + content)


def remembered_bytes(target: Path) -> bytes | None:
    """Return what ``remember_bytes`` has written, or None where that is missing or damaged."""
    try:
        checked = target.read_bytes()
    except OSError:
        return None
    checksum, content = checked[:_CHECKSUM_BYTES], checked[_CHECKSUM_BYTES:]
    return content if _checksum(content) == checksum else None


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def made_once(decisive: Mapping[str, Any], make: Callable[[], str]) -> str:
    """Make a text, or return what was made before: remembered by all that decides it.

    What ``make`` raises is raised, every time.
    """
    file = user_cache_file("made", content_hash(decisive))
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")
    text = make()
    remember_text(file, text)
    return text


def check_once(decisive: Mapping[str, Any], check: Callable[[], object]) -> None:
    """Run a check, unless it has passed before: it is remembered as ``made_once`` does."""

    def passed() -> str:
        check()
        return ""

    made_once(decisive, passed)


def refuse_link_out(path: Path) -> None:
    """Raise ``UserError`` when a link below the results or logs leads out of them.

    These folders themselves, and those above, may be links: that is how a user moves results to
    another disk. Below them, a link could lead into the files of somebody else. A path that does
    not name anything below them is the user's own choice and not looked at.
    """
    top = Path.cwd()
    try:
        below = Path(os.path.normpath(top / path)).relative_to(top)
    except ValueError:
        return
    if not below.parts or below.parts[0] not in OWN_FOLDERS:
        return
    folder, real = (top / below.parts[0]).resolve(), (top / below).resolve()
    if not real.is_relative_to(folder):
        raise UserError(
            f"{path}: a link leads to {real}, out of {folder}; remove it, or make "
            f"`{below.parts[0]}` as a whole a link"
        )


def find_file(path: str | Path, meaning: str) -> Path:
    """Find a file that the config names: in the working directory, else in the repository.

    Raises ``UserError`` when it is in neither; ``meaning`` says what the file is for.
    """
    for folder in (Path.cwd(), REPOSITORY):
        candidate = folder / path
        if candidate.is_file():
            return candidate
    raise UserError(
        f"{path}: no such file; give the path of the {meaning}, relative to {REPOSITORY}"
    )
