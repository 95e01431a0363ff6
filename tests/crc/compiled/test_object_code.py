"""Machine code of a model is compiled once, and a bad file of the cache is compiled anew."""

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from theraflow.core import kernel_cache
from theraflow.crc.compiled.machine.object_code import load_object_code

ASSEMBLY = "define i64 @answer() {{\n  ret i64 {}\n}}\n"
HOST = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of one's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    kernel_cache.kernel_folder.cache_clear()
    yield tmp_path
    kernel_cache.kernel_folder.cache_clear()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[llvm.ModuleRef]:
    """What has been compiled so far."""
    seen: list[llvm.ModuleRef] = []
    emit = llvm.TargetMachine.emit_object

    def counted(machine: llvm.TargetMachine, module: llvm.ModuleRef) -> bytes:
        seen.append(module)
        return bytes(emit(machine, module))

    monkeypatch.setattr(llvm.TargetMachine, "emit_object", counted)
    return seen


def answer(number: int) -> int:
    engine = load_object_code(ASSEMBLY.format(number), *HOST)
    return int(ctypes.CFUNCTYPE(ctypes.c_int64)(engine.get_function_address("answer"))())


def kept(root: Path) -> list[Path]:
    return sorted(root.glob("*/model-*.o"))


def test_each_assembly_and_processor_is_compiled_once(
    root: Path, compiled: list[llvm.ModuleRef]
) -> None:
    assert answer(42) == 42
    assert answer(42) == 42
    assert len(compiled) == len(kept(root)) == 1
    assert answer(43) == 43
    load_object_code(ASSEMBLY.format(42), HOST[0], "")
    assert len(compiled) == len(kept(root)) == 3


@pytest.mark.parametrize(
    "damage", [lambda code: code[:-9], lambda code: code[:-1] + b"\7", lambda code: code[:0]]
)
def test_code_that_is_not_what_was_written_is_compiled_anew(
    root: Path, compiled: list[llvm.ModuleRef], damage: Callable[[bytes], bytes]
) -> None:
    assert answer(42) == 42
    (file,) = kept(root)
    content = file.read_bytes()
    file.write_bytes(damage(content))
    assert answer(42) == 42
    assert len(compiled) == 2
    assert file.read_bytes() == content


def test_where_nothing_can_be_kept_every_process_compiles(
    root: Path, compiled: list[llvm.ModuleRef]
) -> None:
    assert answer(42) == 42
    (folder,) = root.iterdir()
    folder.chmod(0o777)
    kernel_cache.kernel_folder.cache_clear()
    assert answer(42) == 42
    assert answer(42) == 42
    assert len(compiled) == 3
