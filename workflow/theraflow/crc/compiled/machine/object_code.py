"""Machine code of a model on disk: compiled once, shared by all jobs of a user."""

import contextlib
import hashlib
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path
from theraflow.core.identity import content_hash
from theraflow.core.kernel_cache import kernel_folder

_OPTIMISATION = 2
_DIGEST_BYTES = 32


def load_object_code(assembly: str, processor: str, features: str) -> llvm.ExecutionEngine:
    """Load LLVM assembly as machine code for a processor, by LLVM's names of it and its features.

    It is compiled when no earlier process has left the same beside numba's kernels.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=processor, features=features, opt=_OPTIMISATION, jit=True
    )
    decisive = {
        "assembly": assembly,
        "processor": [processor, features],
        "llvmlite": llvmlite.__version__,
        "optimisation": _OPTIMISATION,
    }
    folder = kernel_folder(__name__.rpartition(".")[0])
    file = None if folder is None else folder / f"model-{content_hash(decisive)}.o"
    code = None if file is None else _read(file)
    if code is None:
        code = machine.emit_object(llvm.parse_assembly(assembly))
        if file is not None:
            _keep(file, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _read(file: Path) -> bytes | None:
    """Return the code, or None where there is none or not all of it: a fault would crash."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return code if hashlib.sha256(code).digest() == digest else None


def _keep(file: Path, code: bytes) -> None:
    # A full disk costs the next process time, and no result.
    with contextlib.suppress(UserError, OSError), atomic_path(file) as temporary:
        temporary.write_bytes(hashlib.sha256(code).digest() + code)
