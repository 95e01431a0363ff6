"""Machine code of a model, and the aligned memory that it works in."""

import ctypes
from functools import cached_property
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numba.experimental import function_type  # noqa: F401  (teaches numba the type of a Function)
from numpy.typing import NDArray

from theraflow.crc.compiled.machine.lanes import DOUBLE_BYTES, native_lanes
from theraflow.crc.compiled.machine.object_code import load_object_code
from theraflow.crc.compiled.machine.program import (
    OBSERVE,
    OBSERVE_WITHIN,
    PREPARE,
    START,
    STEP,
    Program,
)
from theraflow.crc.compiled.machine.rosenbrock import RODAS5P
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations


class Function(types.WrapperAddressProtocol):
    """A compiled function that numba's code can call with the address of a workspace."""

    def __init__(self, address: int) -> None:
        self._address = address
        self._call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)

    def __call__(self, workspace: int) -> int:
        """Call it from Python."""
        return int(self._call(workspace))

    def __wrapper_address__(self) -> int:
        return self._address

    def signature(self) -> Any:
        """Return numba's signature."""
        return types.int64(types.int64)


class Kernel:
    """The compiled model: functions, and where a workspace holds what (``layout``).

    It simulates ``lanes`` at a time; without that number, as many as this computer likes best.
    ``processor`` is LLVM's name of the processor to write for; without it, this computer's.
    """

    def __init__(
        self, equations: RateEquations, lanes: int | None = None, processor: str | None = None
    ) -> None:
        self.equations = equations
        self.lanes = lanes or native_lanes()
        program = Program(equations, RODAS5P, self.lanes)
        self.layout = program.layout
        self._engine = load_object_code(
            program.text,
            processor or llvm.get_host_cpu_name(),
            "" if processor else llvm.get_host_cpu_features().flatten(),
        )

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The compiled functions by name."""
        names = (PREPARE, START, STEP, OBSERVE, OBSERVE_WITHIN)
        return {name: Function(self._engine.get_function_address(name)) for name in names}

    def workspace(self) -> NDArray[np.float64]:
        """Allocate a workspace of shape (rows, lanes), aligned as vector instructions want it."""
        size = self.layout.rows * self.lanes
        memory = np.zeros(size + self.lanes)
        first = -memory.ctypes.data % (DOUBLE_BYTES * self.lanes) // DOUBLE_BYTES
        return memory[first : first + size].reshape(-1, self.lanes)
