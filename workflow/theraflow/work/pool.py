"""A process pool in which a task that raises, hangs, or kills its worker, fails alone.

Each worker has a pipe and at most one task, so that it is known which task a worker died of, and
a task that takes too long can be ended by ending its worker.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final, Generic, TypeVar

from theraflow.work.status import Status, class_of
from theraflow.work.usage import Usage

Task = TypeVar("Task")
OtherTask = TypeVar("OtherTask")
Result = TypeVar("Result")

_FORK: Final = multiprocessing.get_context("fork")
# More are no accident: what kills every worker must be told at once.
_MOST_SECOND_TRIES: Final = 8


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """How a task ended: a result, or the class and reason of its failure.

    CPU time (s) and peak memory (MiB), those of child processes included, are None where the worker
    did not live to tell.
    """

    task: Task
    result: Result | None
    status: Status
    reason: str
    wall_s: float
    cpu_s: float | None
    peak_memory_mb: float | None

    def of_task(self, task: OtherTask) -> "Outcome[OtherTask, Result]":
        """Return the same outcome, of a task by another name."""
        return Outcome(
            task,
            self.result,
            self.status,
            self.reason,
            self.wall_s,
            self.cpu_s,
            self.peak_memory_mb,
        )


@dataclass(frozen=True)
class _Report(Generic[Result]):
    """What a worker sends back."""

    result: Result | None
    status: Status
    reason: str
    wall_s: float
    cpu_s: float | None = None
    peak_memory_mb: float | None = None


def run_tasks(
    tasks: Sequence[Task],
    work: Callable[[Task], Result],
    workers: int,
    *,
    time_limit_s: float | None = None,
    on_start: Callable[[Task], None] | None = None,
) -> Iterator[Outcome[Task, Result]]:
    """Run ``work`` on every task in a pool of processes; yield outcomes as they come.

    Tasks and results must be picklable. A task that takes more than ``time_limit_s`` of wall time
    is ended, together with every process that it has started. ``on_start`` is called in this
    process when a task begins.

    Workers are forked, so that they inherit what the caller has compiled and imported instead of
    doing it again; the caller must have started no threads of its own.
    """
    waiting = list(reversed(tasks))
    idle: list[_Worker[Task, Result]] = []
    busy: dict[Connection, _Worker[Task, Result]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                worker = idle.pop() if idle else _Worker(work)
                busy[worker.connection] = worker
                task = waiting.pop()
                if on_start is not None:
                    on_start(task)
                worker.begin(task, time_limit_s)
            for worker in _wait_for_any(busy):
                del busy[worker.connection]
                yield worker.end()
                if worker.is_alive:
                    idle.append(worker)
    finally:
        for worker in [*idle, *busy.values()]:
            worker.kill()


def run_tasks_surely(
    tasks: Sequence[Task],
    work: Callable[[Task], Result],
    workers: int,
    *,
    time_limit_s: float | None = None,
    on_start: Callable[[Task], None] | None = None,
    on_kill: Callable[[Outcome[Task, Result]], object] | None = None,
) -> Iterator[Outcome[Task, Result]]:
    """Run tasks as ``run_tasks`` does; what was killed is tried once more, alone, at the end.

    Whatever took the memory, or killed a worker by hand, says nothing of its task unless it happens
    again. ``on_kill`` is told of outcomes that are not yielded, as another will be.
    """
    killed: list[Task] = []
    for outcome in run_tasks(tasks, work, workers, time_limit_s=time_limit_s, on_start=on_start):
        if outcome.status is Status.KILLED and len(killed) < _MOST_SECOND_TRIES:
            killed.append(outcome.task)
            if on_kill is not None:
                on_kill(outcome)
        else:
            yield outcome
    yield from run_tasks(killed, work, 1, time_limit_s=time_limit_s, on_start=on_start)


class _Worker(Generic[Task, Result]):
    """A process that takes one task after the other."""

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self.connection, theirs = _FORK.Pipe()
        self.is_alive = True
        self._process = _FORK.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, task: Task, time_limit_s: float | None) -> None:
        """Hand a task to the process."""
        self._task = task
        self._time_limit_s = time_limit_s
        self._started = time.monotonic()
        # A worker that is dead already says so when its outcome is asked for.
        with contextlib.suppress(BrokenPipeError):
            self.connection.send(task)

    def time_left_s(self) -> float | None:
        """Return the time (s) until the task has had its time; None for ever."""
        if self._time_limit_s is None:
            return None
        return max(0.0, self._time_limit_s - self._wall_s())

    def end(self) -> Outcome[Task, Result]:
        """Return how the task ended, whose time is up or which has reported."""
        report = self._receive() if self.connection.poll() else self._time_out()
        return Outcome(
            self._task,
            report.result,
            report.status,
            report.reason,
            report.wall_s,
            report.cpu_s,
            report.peak_memory_mb,
        )

    def kill(self) -> None:
        """End the process, and every process that it has started."""
        self.is_alive = False
        assert self._process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self.connection.close()

    def _receive(self) -> _Report[Result]:
        try:
            report: _Report[Result] = self.connection.recv()
        except (EOFError, OSError):
            wall_s = self._wall_s()
            # Not yet reaped, so that its process group is still its own; only the start of another
            # worker may have reaped it just now.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.ident or 0, os.WEXITED | os.WNOWAIT)
            self.kill()
            return _Report(None, *_cause_of_death(self._process.exitcode), wall_s)
        return report

    def _time_out(self) -> _Report[Result]:
        wall_s = self._wall_s()
        self.kill()
        reason = f"it took more than {self._time_limit_s:g} s"
        return _Report(None, Status.TIMED_OUT, reason, wall_s)

    def _wall_s(self) -> float:
        return time.monotonic() - self._started


def _wait_for_any(
    busy: dict[Connection, _Worker[Task, Result]],
) -> list[_Worker[Task, Result]]:
    """Wait until there is word of a task, or the time of one is up; return their workers."""
    times_left_s = [worker.time_left_s() for worker in busy.values()]
    timeout_s = min((left_s for left_s in times_left_s if left_s is not None), default=None)
    has_word = multiprocessing.connection.wait(list(busy), timeout_s)
    return [
        worker
        for connection, worker in busy.items()
        if connection in has_word or worker.time_left_s() == 0
    ]


def _cause_of_death(exit_code: int | None) -> tuple[Status, str]:
    if exit_code is None or exit_code >= 0:
        return Status.FAILED, f"its worker process died with exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    supposed = " (out of memory, or killed by hand)" if name == "SIGKILL" else ""
    return Status.KILLED, f"its worker process died of {name}{supposed}"


def _serve(connection: Connection, work: Callable[[Task], Result]) -> None:
    """Do tasks for as long as the parent lives."""
    # A group of its own, so that what a task starts can be ended with it.
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    while True:
        connection.send(_attempt(work, connection.recv()))


def _attempt(work: Callable[[Task], Result], task: Task) -> _Report[Result]:
    usage, started = Usage(), time.monotonic()
    result, status, reason = None, Status.OK, ""
    try:
        result = work(task)
    except Exception as error:
        status, reason = class_of(error)
    wall_s = time.monotonic() - started
    return _Report(result, status, reason, wall_s, usage.cpu_s(), usage.peak_memory_mb())


def _die_with_parent() -> None:
    """End this worker, and what it has started, when its parent is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
