"""Atomic files: readers see a whole file or none."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from theraflow.errors import UserError

REPOSITORY: Final = Path(__file__).resolve().parents[3]


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that replaces it when the block ends well.

    The temporary name keeps the suffix, as libraries choose formats by it. When the block raises,
    the temporary file is removed and ``target`` stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
    )
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text_atomic(target: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


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
