"""Rows of designs that were drawn before: importing what draws them takes longer than a check."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.designs import SampledRegion
from theraflow.core.files import remember_bytes, remembered_bytes, user_cache_file
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash

# Larger designs take longer to plan than to import what draws them; 5 MB each.
_MOST_ROWS: Final = 2**18
_LIBRARIES: Final = ("numpy", "scipy")


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
    remembered = remembered_bytes(file)
    if remembered is not None:
        return np.frombuffer(remembered, row_type)
    rows = draw()
    if len(rows) <= _MOST_ROWS:
        remember_bytes(file, rows.tobytes())
    return rows
