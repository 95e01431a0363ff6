"""A task that fails, fails alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theraflow.work.pool import Outcome, run_tasks, run_tasks_surely
from theraflow.work.status import AttemptError, Status


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


def test_a_worker_that_dies_tells_by_which_signal():
    outcomes = {outcome.task: outcome for outcome in run_tasks([8, 9], square, 1)}
    assert outcomes[8].status is Status.OK
    assert outcomes[9].status is Status.KILLED
    assert "SIGKILL" in outcomes[9].reason
    assert outcomes[9].cpu_s is None


def test_workers_that_die_at_once_are_each_told():
    # The start of a worker reaps those that have died meanwhile.
    outcomes = list(run_tasks([9] * 40, square, 4))
    assert [outcome.status for outcome in outcomes] == [Status.KILLED] * 40


def test_what_was_killed_once_is_done_by_a_second_try(tmp_path):
    def square_unless_new(number: int) -> int:
        seen = tmp_path / str(number)
        if number == 3 and not seen.exists():
            seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    killed: list[Outcome[int, int]] = []
    outcomes = list(run_tasks_surely(range(6), square_unless_new, 2, on_kill=killed.append))
    assert {outcome.task: outcome.result for outcome in outcomes} == {n: n * n for n in range(6)}
    assert outcomes[-1].task == 3
    assert [(outcome.task, outcome.status) for outcome in killed] == [(3, Status.KILLED)]


def test_what_is_killed_again_is_killed():
    outcomes = {outcome.task: outcome for outcome in run_tasks_surely([8, 9], square, 1)}
    assert outcomes[8].status is Status.OK
    assert outcomes[9].status is Status.KILLED


def test_what_kills_every_worker_is_not_tried_for_ever():
    killed: list[Outcome[int, int]] = []
    outcomes = list(run_tasks_surely([9] * 40, square, 4, on_kill=killed.append))
    assert {outcome.status for outcome in outcomes} == {Status.KILLED}
    assert len(outcomes) == 40
    assert len(killed) < 10


def test_a_task_that_leaves_python_fails_with_its_exit_code():
    (outcome,) = run_tasks([3], sys.exit, 1)
    assert (outcome.status, outcome.reason) == (
        Status.FAILED,
        "its worker process died with exit code 3",
    )


def refuse(status: Status) -> None:
    raise AttemptError(status, f"it says {status}")


def test_a_task_may_name_the_class_of_its_failure():
    classes = [Status.TIMED_OUT, Status.KILLED, Status.REJECTED, Status.FAILED]
    outcomes: list[Outcome[Status, None]] = list(run_tasks(classes, refuse, 2))
    assert {outcome.task: outcome.status for outcome in outcomes} == dict(
        zip(classes, classes, strict=True)
    )
    assert all(outcome.reason == f"it says {outcome.task}" for outcome in outcomes)


def hang_with_a_child(seconds: float) -> int:
    """Start a process that outlives this one, and wait for it."""
    child = subprocess.Popen(["sleep", str(seconds)])
    Path(f"child-{seconds}").write_text(str(child.pid))
    return child.wait()


def test_a_task_that_hangs_is_ended_with_what_it_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tasks = [600.0, 0.0, 601.0, 0.1]
    outcomes = {
        outcome.task: outcome for outcome in run_tasks(tasks, hang_with_a_child, 2, time_limit_s=2)
    }
    assert {task: outcome.status for task, outcome in outcomes.items()} == {
        600.0: Status.TIMED_OUT,
        601.0: Status.TIMED_OUT,
        0.0: Status.OK,
        0.1: Status.OK,
    }
    assert outcomes[600.0].reason == "it took more than 2 s"
    assert outcomes[600.0].wall_s >= 2
    children = [int(file.read_text()) for file in tmp_path.glob("child-60*")]
    assert len(children) == 2
    assert not any(map(is_running, children))


def test_the_start_of_a_task_is_told_before_its_end():
    told: list[int] = []
    for done, outcome in enumerate(run_tasks(range(6), square, 2, on_start=told.append)):
        assert outcome.task in told
        assert len(told) <= done + 2
    assert sorted(told) == list(range(6))


def take_memory(megabytes: int) -> int:
    return len(b"x" * (megabytes << 20))


def test_peak_memory_is_that_of_each_task():
    outcomes = list(run_tasks([300, 1], take_memory, 1))
    large, small = (outcome.peak_memory_mb for outcome in outcomes)
    assert large is not None
    assert small is not None
    assert large > 300
    assert small < large - 200


def test_cpu_time_of_a_task_is_all_that_it_burned():
    (outcome,) = run_tasks([0.2], burn, 1)
    assert outcome.cpu_s >= 0.2


def burn(cpu_s: float) -> None:
    start = time.process_time()
    while time.process_time() - start < cpu_s:
        pass


def test_no_tasks_start_no_pool():
    assert list(run_tasks([], square, 4)) == []


def test_workers_end_when_their_parent_is_killed():
    code = (
        "import os, time; from theraflow.work.pool import run_tasks\n"
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
