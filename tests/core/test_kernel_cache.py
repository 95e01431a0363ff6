"""The machine code of the embedded engine is compiled once, and a bad cache folder does no harm."""

import fcntl
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# They share a filled cache, which each worker would else fill for itself.
pytestmark = pytest.mark.xdist_group("kernel_cache")

REPOSITORY = Path(__file__).resolve().parents[2]
PROCESSES = 3

# Says how many kernels this process compiled, and what they compute.
FIELD = """
import hashlib, sys
from theraflow.core import kernel_cache
from theraflow.tnf.engine.embedded import field, simulate
from theraflow.tnf.model.spheroid import load_configured_model
from theraflow.config.tnf.engines import EngineConfig
kernel_cache._LONGEST_WAIT_S = float(sys.argv[1])
density = simulate.head_start_field(load_configured_model(EngineConfig()), 1.0, 2)
kernels = field.hold_source, field.diffuse, field._solve_columns, field._transpose
compiled = sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels)
print(compiled, hashlib.sha256(density.tobytes()).hexdigest())
"""
KERNELS = 4

ENGINE = """
import hashlib
from theraflow.config.tnf.engines import EngineConfig
from theraflow.tnf.engine.embedded import simulate
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
engine = make_engine(EngineConfig())
engine.warm_up()
point = ParameterPoint(
    tumor_radius_um=30, pulse_period_min=60, pulse_duration_min=10, tnf_concentration=0.5
)
counts = engine.simulate(plan_simulation(point, replicate=0, base_seed=1))
print(
    sum(simulate._advance.stats.cache_misses.values()), hashlib.sha256(counts.tobytes()).hexdigest()
)
"""


def start(root: Path, program: str = FIELD, wait_s: float = 300, **more) -> subprocess.Popen:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(root)} | more.pop("environment", {})
    return subprocess.Popen(
        [*more.pop("before", []), sys.executable, "-c", program, str(wait_s)],
        env=environment | {"PYTHONPATH": str(REPOSITORY / "workflow")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        **more,
    )


def answer(process: subprocess.Popen) -> tuple[int, str, str]:
    """Number of kernels compiled, hash of the result, and warnings."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    compiled, result = out.split()
    return int(compiled), result, errors


def folder_in(root: Path) -> Path:
    (folder,) = (folder for folder in root.iterdir() if "-generic-" not in folder.name)
    return folder


def is_locked(root: Path) -> bool:
    for lock in root.glob("*/lock"):
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> tuple[Path, str]:
    """A cache that processes which started at once have filled, and what they computed."""
    root = tmp_path_factory.mktemp("shared cache")
    answers = [answer(process) for process in [start(root) for _ in range(PROCESSES)]]
    assert sum(compiled for compiled, _, _ in answers) == KERNELS
    assert {errors for _, _, errors in answers} == {""}
    (result,) = {result for _, result, _ in answers}
    return root, result


def test_processes_that_start_at_once_compile_each_kernel_once(filled):
    root, result = filled
    assert len(list(folder_in(root).glob("*.nbc"))) == KERNELS
    assert answer(start(root)) == (0, result, "")


@pytest.mark.slow
def test_engines_that_start_at_once_are_compiled_once(tmp_path):
    answers = [answer(process) for process in [start(tmp_path, ENGINE) for _ in range(PROCESSES)]]
    assert sorted(compiled for compiled, _, _ in answers) == [0] * (PROCESSES - 1) + [1]
    assert len({result for _, result, _ in answers}) == 1


def test_a_process_killed_while_it_compiles_blocks_nobody(filled, tmp_path):
    _, result = filled
    first = start(tmp_path)
    while not is_locked(tmp_path):
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    compiled, again, errors = answer(start(tmp_path))
    assert (again, errors) == (result, "")
    assert compiled > 0


def test_waiting_for_another_process_has_an_end(filled, tmp_path):
    root, result = filled
    folder = tmp_path / folder_in(root).name
    folder.mkdir(mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compiled, again, errors = answer(start(tmp_path, wait_s=0))
    assert (compiled, again) == (KERNELS, result)
    assert "compiles for itself" in errors


def test_another_kind_of_processor_has_its_own_code(filled):
    root, _ = filled
    compiled, _, errors = answer(start(root, environment={"NUMBA_CPU_NAME": "generic"}))
    assert (compiled, errors) == (KERNELS, "")
    assert len(list(root.glob("kernels-generic-*"))) == 1


def test_without_a_folder_every_process_compiles_for_itself(filled, tmp_path):
    _, result = filled
    blocked = tmp_path / "a file"
    blocked.touch()
    compiled, again, errors = answer(start(blocked / "cache"))
    assert (compiled, again) == (KERNELS, result)
    assert re.search("a file/cache/.*no cache of machine code can be there", errors)


def read_only(root: Path) -> dict:
    """Forbid writing into the cache, to root as well, who gives up the right to write anywhere."""
    folder_in(root).chmod(0o555)
    bound_by_modes = ["setpriv", "--bounding-set", "-dac_override"]
    return {"before": bound_by_modes if os.getuid() == 0 else []}


def test_code_in_a_read_only_folder_is_used(filled, tmp_path):
    root, result = filled
    copy = tmp_path / "read only"
    copy.mkdir()
    shutil.copytree(folder_in(root), copy / folder_in(root).name)
    assert answer(start(copy, **read_only(copy))) == (0, result, "")


@pytest.mark.slow
def test_an_empty_read_only_folder_does_no_harm(filled, tmp_path):
    root, result = filled
    empty = tmp_path / "read only"
    (empty / folder_in(root).name).mkdir(parents=True)
    compiled, again, errors = answer(start(empty, **read_only(empty)))
    assert (compiled, again) == (KERNELS, result)
    assert "compiles for itself" in errors


def write_no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


def test_a_full_disk_does_no_harm(filled, tmp_path):
    _, result = filled
    compiled, again, errors = answer(start(tmp_path, preexec_fn=write_no_large_files))
    assert (compiled, again) == (KERNELS, result)
    assert "compiles for itself" in errors


class Exploit:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_code_where_others_may_write_is_never_loaded(filled, tmp_path):
    root, result = filled
    folder = tmp_path / "cache" / folder_in(root).name
    folder.mkdir(parents=True)
    executed = tmp_path / "executed"
    for index in folder_in(root).glob("*.nbi"):
        (folder / index.name).write_bytes(pickle.dumps(Exploit(executed)))
    folder.chmod(0o770)
    compiled, again, errors = answer(start(folder.parent))
    assert (compiled, again) == (KERNELS, result)
    assert "not yours alone to write" in errors
    assert not executed.exists()
