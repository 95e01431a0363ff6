"""Rows of designs that were drawn before: importing what draws them takes longer than a check."""

import contextlib
import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.designs import SampledRegion
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path, user_cache_file
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash

# Larger designs take longer to plan than to import what draws them; 5 MB each.
_MOST_ROWS: Final = 2**18
_LIBRARIES: Final = ("numpy", "scipy")
_CHECKSUM_BYTES: Final = 32


def draw_once(
    design: SampledRegion,
    row_type: np.dtype[np.void],
    draw: Callable[[], NDArray[np.void]],
    code: str,
) -> NDArray[np.void]:
    """Draw the rows of a design, or take them from the user's cache folder.

    They are remembered by all that decides them: design, libraries, and the code of the module
    ``code``. A file that is damaged or cannot be written is no reason to fail.
    """
    decisive = {
        "design": design.identity(),
        "code": source_fingerprint(code),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
    file = user_cache_file("designs", f"{content_hash(decisive)}.rows")
    content = b""
    with contextlib.suppress(OSError):
        content = file.read_bytes()
    if content and _checksum(content[_CHECKSUM_BYTES:]) == content[:_CHECKSUM_BYTES]:
        return np.frombuffer(content, row_type, offset=_CHECKSUM_BYTES)
    rows = draw()
    if len(rows) <= _MOST_ROWS:
        _remember(rows.tobytes(), file)
    return rows


def _remember(rows: bytes, file: Path) -> None:
    with contextlib.suppress(UserError, OSError), atomic_path(file) as temporary:
        temporary.write_bytes(_checksum(rows) + rows)


def _checksum(rows: bytes) -> bytes:
    return hashlib.sha256(rows).digest()
