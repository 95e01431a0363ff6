"""How the kernels of the embedded engine are compiled, and where the machine code is kept."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
import platformdirs

from theraflow.campaign.provenance import source_fingerprint

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

# Numba looks only at the file of the outermost kernel when it decides whether its cache is still
# good, so an edit of an inner kernel would go unnoticed: every state of the code has its own cache.
_CACHE_ROOT = Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_path("theraflow"))
_CACHE_FOLDER = _CACHE_ROOT / f"kernels-{source_fingerprint('theraflow.tnf.embedded')}"
numba.config.CACHE_DIR = str(_CACHE_FOLDER)  # type: ignore[attr-defined]


def kernel(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function to machine code, kept in numba's cache on disk.

    Division by zero gives infinities instead of exceptions, and multiplications fuse with
    additions: both let loops use vector instructions.
    """
    compiled = numba.njit(cache=True, error_model="numpy", fastmath={"contract"})(function)
    return cast(Callable[_Parameters, _Result], compiled)
