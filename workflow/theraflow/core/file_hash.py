"""Hashes of files, large ones remembered: container images would cost seconds at every start."""

import contextlib
import hashlib
import json
import time
from functools import cache
from pathlib import Path
from typing import Final

from theraflow.core.errors import UserError
from theraflow.core.files import remember_text, user_cache_file
from theraflow.core.identity import content_hash

_REMEMBERED_FROM_BYTES: Final = 2**26
# A file that was written a moment ago may be written again within the resolution of its time.
_SETTLED_AFTER_S: Final = 10


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal.

    That of a file of 64 MiB or more is kept in the user's cache folder under its path, size, inode
    and times of modification and change; the last of them cannot be set back. Raises ``UserError``
    for a file that cannot be read.
    """
    try:
        resolved = path.resolve()
        state = resolved.stat()
        identity = (
            str(resolved),
            state.st_size,
            state.st_ino,
            state.st_mtime_ns,
            state.st_ctime_ns,
        )
        return _sha256(identity)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); fix or restore it") from None


@cache
def _sha256(identity: tuple[str, int, int, int, int]) -> str:
    path, size, _, _, changed_ns = identity
    if size < _REMEMBERED_FROM_BYTES:
        return _hash(Path(path))
    name = content_hash({"file": identity})
    remembered = user_cache_file("file_hashes", f"{name}.json")
    with contextlib.suppress(OSError, ValueError, KeyError):
        content = json.loads(remembered.read_text(encoding="utf-8"))
        if content["file"] == list(identity):
            return str(content["sha256"])
    digest = _hash(Path(path))
    if time.time_ns() - changed_ns > _SETTLED_AFTER_S * 1_000_000_000:
        remember_text(remembered, json.dumps({"file": identity, "sha256": digest}))
    return digest


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
