"""A task that fails, fails alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theraflow.campaign.pool import run_tasks


def square(number: int) -> int:
    if number == 13:
        raise ValueError("thirteen\nis unlucky")
    if number == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_task_has_an_outcome_of_its_own(workers):
    outcomes = {outcome.task: outcome for outcome in run_tasks(range(20), square, workers)}
    assert sorted(outcomes) == list(range(20))
    failed = {number for number, outcome in outcomes.items() if outcome.result is None}
    assert failed == {9, 13}
    assert all(outcomes[number].result == number**2 for number in set(range(20)) - failed)
    assert outcomes[13].reason == "ValueError: thirteen is unlucky"
    assert "worker process died" in outcomes[9].reason
    assert outcomes[4].reason == ""


def test_cpu_time_of_a_task_is_its_own():
    outcomes = {outcome.task: outcome.cpu_s for outcome in run_tasks([0.0, 0.2], burn, 2)}
    assert outcomes[0.2] >= 0.2 > outcomes[0.0]


def burn(cpu_s: float) -> None:
    start = time.process_time()
    while time.process_time() - start < cpu_s:
        pass


def test_no_tasks_start_no_pool():
    assert list(run_tasks([], square, 4)) == []


def test_workers_end_when_their_parent_is_killed():
    code = (
        "import os, time; from theraflow.campaign.pool import run_tasks\n"
        "def nap(_):\n    os.write(1, b'%d\\n' % os.getpid())\n    time.sleep(120)\n"
        "list(run_tasks(range(2), nap, 2))\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
    deadline = time.monotonic() + 30
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, workers))


def is_running(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
