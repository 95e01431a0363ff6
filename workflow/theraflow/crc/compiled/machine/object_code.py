"""Machine code of a model on disk: compiled once, shared by all jobs of a user."""

from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from theraflow.core.files import remember_bytes, remembered_bytes
from theraflow.core.identity import content_hash
from theraflow.core.kernel_cache import kernel_folder

_OPTIMISATION = 2


def load_object_code(assembly: str, processor: str, features: str) -> llvm.ExecutionEngine:
    """Load LLVM assembly as machine code for a processor, by LLVM's names of it and its features.

    It is compiled when no earlier process has left the same beside numba's kernels.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=processor, features=features, opt=_OPTIMISATION, jit=True
    )
    file = _file(assembly, processor, features)
    code = remembered_bytes(file) if file else None
    if code is None:
        code = machine.emit_object(llvm.parse_assembly(assembly))
        if file:
            remember_bytes(file, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _file(assembly: str, processor: str, features: str) -> Path | None:
    """Name the file by all that decides the code; None where none may be kept or loaded."""
    decisive = {
        "assembly": assembly,
        "processor": [processor, features],
        "llvmlite": llvmlite.__version__,
        "optimisation": _OPTIMISATION,
    }
    folder = kernel_folder(__package__)
    return folder and folder / f"model-{content_hash(decisive)}.o"
