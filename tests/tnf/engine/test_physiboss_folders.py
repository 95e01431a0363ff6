"""Private folders of PhysiBoSS: none is left, a living one stays, and a full disk is told."""

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.physiboss_project import SIMULATION, Project, make_project, start_simulating

from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.physiboss.private_folders import private_folder, remove_abandoned
from theraflow.work.status import AttemptError, Status


def folders_of(scratch: Path) -> list[Path]:
    return list(scratch.iterdir()) if scratch.exists() else []


@contextmanager
def simulating(project: Project, **more: object) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that simulates for ever; its program has begun."""
    process = start_simulating(project, **more)
    try:
        deadline = time.monotonic() + 60
        scratch = project.folder.parent / "scratch"
        while not any(file.stat().st_size for file in scratch.glob("*/standard_output.txt")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def test_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    project, scratch = make_project(tmp_path, "hangs"), tmp_path / "scratch"
    engine = make_engine(project.config())
    with simulating(project) as process:
        (folder,) = folders_of(scratch)
        engine.warm_up()
        assert folders_of(scratch) == [folder]
        process.kill()
        process.wait()
        assert folders_of(scratch) == [folder]
        engine.warm_up()
        assert not folders_of(scratch)


def test_folder_that_was_to_be_kept_stays(tmp_path: Path) -> None:
    project, scratch = make_project(tmp_path, "hangs"), tmp_path / "scratch"
    with simulating(project, keep_folders=True) as process:
        process.kill()
        process.wait()
    (folder,) = folders_of(scratch)
    make_engine(project.config()).warm_up()
    assert folders_of(scratch) == [folder]


def test_only_abandoned_folders_of_this_machine_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "node1")
    with private_folder(tmp_path, keep=False) as model:
        abandoned = tmp_path / "theraflow-physiboss-node1-abcdefgh"
        shutil.copytree(model, abandoned)
        others = [
            shutil.copytree(model, tmp_path / name)
            for name in ("theraflow-physiboss-node1-gpu-abcdefgh", "theraflow-physiboss-node2-ab_d")
        ]
        (tmp_path / "precious").mkdir()
        link = tmp_path / "theraflow-physiboss-node1-lllllll1"
        link.symlink_to(shutil.copytree(model, tmp_path / "elsewhere"))
        unowned = tmp_path / "theraflow-physiboss-node1-aaaaaaaa"
        unowned.mkdir()
        assert remove_abandoned(tmp_path) == 1
        assert not abandoned.exists()
        left = [model, *others, tmp_path / "precious", link, tmp_path / "elsewhere", unowned]
        assert sorted(tmp_path.iterdir()) == sorted(left)
    assert not model.exists()


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with private_folder(tmp_path, keep=False) as folder:
        assert remove_abandoned(tmp_path) == 0
        monkeypatch.undo()
        assert remove_abandoned(tmp_path) == 0
        assert folder.is_dir()
    assert not folders_of(tmp_path)


FULL = r"^the disk of .*/scratch is full: free space, or give tnf\.engine\.scratch_folder"


def test_program_that_meets_a_full_disk(tmp_path: Path) -> None:
    engine = make_engine(make_project(tmp_path, "meets a full disk").config())
    with pytest.raises(AttemptError, match=f"{FULL}; ended with exit code 1.*output in") as failure:
        engine.simulate(SIMULATION)
    assert failure.value.status is Status.FAILED
    assert not folders_of(tmp_path / "scratch")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("behaviour", ["is truncated", "has unknown phases", "illegal instruction"])
def test_output_that_is_cut_by_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, code: int
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    engine = make_engine(make_project(tmp_path, behaviour).config())
    monkeypatch.setattr("os.posix_fallocate", no_room)
    with pytest.raises(AttemptError, match=FULL) as failure:
        engine.simulate(SIMULATION)
    # Whatever the program made of it, the same simulation may be tried again.
    assert failure.value.status is Status.FAILED


def test_disk_that_is_full_before_the_program_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    engine = make_engine(make_project(tmp_path).config())
    monkeypatch.setattr("shutil.copyfile", no_room)
    with pytest.raises(AttemptError, match=FULL) as failure:
        engine.simulate(SIMULATION)
    assert failure.value.status is Status.FAILED


def test_reason_stays_where_the_output_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    project = make_project(tmp_path, "crashes")
    engine = make_engine(project.config(log_folder=str(tmp_path / "file/logs")))
    with pytest.raises(AttemptError, match=r"exit code 3.*its output could not be kept"):
        engine.simulate(SIMULATION)


MOUNT = ("unshare", "--map-root-user", "--mount")


def may_mount() -> bool:
    if shutil.which(MOUNT[0]) is None:
        return False
    return subprocess.run([*MOUNT, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount a small disk")
def test_disk_that_fills_while_the_program_runs(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    mount = f'mount -t tmpfs -o size=128k none {scratch} && exec "$@"'
    project = make_project(tmp_path, "does not look at its disk")
    _, errors = start_simulating(project, *MOUNT, "sh", "-c", mount, "sh").communicate()
    reason = f"the disk of {scratch} is full: free space, or give tnf.engine.scratch_folder"
    assert f"{reason}; output0000" in errors
