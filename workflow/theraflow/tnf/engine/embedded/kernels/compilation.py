"""How the kernels of the embedded engine are compiled."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

from theraflow.core.kernel_cache import share_machine_code

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def kernel(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function to machine code on its first call, or load it from the shared cache.

    Division by zero gives infinities instead of exceptions, and multiplications fuse with
    additions: both let loops use vector instructions.
    """
    compiled = numba.njit(error_model="numpy", fastmath={"contract"})(function)
    share_machine_code(compiled, function)
    return cast(Callable[_Parameters, _Result], compiled)
