"""Two campaigns in one folder: the second says who holds the lock, and what to do."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theraflow.core.files import REPOSITORY
from theraflow.work.cluster.folder_lock import describe_holder, record_holder

HOLDER = Path(".snakemake", "locks", "holder.json")


def start(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start Snakemake on a single job that takes some seconds."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"),
            *("--directory", directory, "--cores", "1"),
            *arguments,
            *("--", "results/crc/model/crc_qsp.xml"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def answer(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


@pytest.mark.workflow
def test_the_second_run_names_the_first_until_its_lock_is_gone(tmp_path):
    first = start(tmp_path)
    while not (tmp_path / HOLDER).exists():
        assert first.poll() is None, answer(first)
        time.sleep(0.02)
    # It holds the lock from now on, and its job shall not end before we have looked.
    os.killpg(first.pid, signal.SIGSTOP)
    code, output = answer(start(tmp_path))
    assert code != 0
    assert "Directory cannot be locked" in output or "LockException" in output
    assert f"run on {socket.gethostname()} (process {first.pid}), which still runs" in output

    os.killpg(first.pid, signal.SIGKILL)
    answer(first)
    code, output = answer(start(tmp_path))
    assert code != 0
    assert f"(process {first.pid}), which was killed" in output
    assert "snakemake --unlock" in output

    code, _ = answer(start(tmp_path, "--unlock"))
    assert code == 0
    assert not (tmp_path / HOLDER).exists()


@pytest.fixture
def locked(tmp_path) -> Path:
    (tmp_path / HOLDER).parent.mkdir(parents=True)
    (tmp_path / HOLDER).with_name("0.input.lock").touch()
    record_holder(tmp_path)
    return tmp_path


def test_a_holder_on_another_host_is_not_taken_for_dead(locked):
    holder = json.loads((locked / HOLDER).read_text())
    (locked / HOLDER).write_text(json.dumps(holder | {"host": "login2", "process_id": 1}))
    words = describe_holder(locked)
    assert words is not None
    assert "run on login2 (process 1); a new run must wait until it ends" in words


def test_a_run_without_a_lock_leaves_no_note(tmp_path):
    (tmp_path / HOLDER).parent.mkdir(parents=True)
    record_holder(tmp_path)
    assert describe_holder(tmp_path) is None


def test_nothing_is_said_of_a_folder_that_nobody_holds(tmp_path):
    assert describe_holder(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"user": 1, "host": 2, "since": 3}'])
def test_a_damaged_note_says_nothing(locked, content):
    (locked / HOLDER).write_text(content)
    assert describe_holder(locked) is None
