"""A process pool in which a task that raises, or kills its worker, fails alone."""

import logging
import multiprocessing
import multiprocessing.connection
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """What became of a task: a result, or the reason why there is none."""

    task: Task
    result: Result | None
    reason: str
    cpu_s: float


def run_tasks(
    tasks: Sequence[Task], work: Callable[[Task], Result], workers: int
) -> Iterator[Outcome[Task, Result]]:
    """Run ``work`` on every task in a pool of processes; yield outcomes as they come.

    ``work`` and the tasks must be picklable. When a worker dies, each task that was under way is
    tried once more in a pool of its own: the one that kills its worker again has failed, its
    neighbours have not.

    Workers are forked, so that they inherit what the caller has compiled and imported instead of
    doing it again; the caller must have started no threads of its own.
    """
    waiting = list(reversed(tasks))
    while waiting:
        under_way: list[Task] = []
        try:
            yield from _run_pool(waiting, under_way, work, workers)
        except BrokenProcessPool:
            log.warning("A worker died; %d tasks under way are tried alone", len(under_way))
            for task in under_way:
                yield _run_alone(task, work)


def _run_pool(
    waiting: list[Task], under_way: list[Task], work: Callable[[Task], Result], workers: int
) -> Iterator[Outcome[Task, Result]]:
    """Move tasks from ``waiting`` through ``under_way``, never more of them than workers."""
    with _pool(min(workers, len(waiting))) as pool:
        futures: dict[Future[Outcome[Task, Result]], Task] = {}
        while waiting or futures:
            while waiting and len(futures) < workers:
                task = waiting.pop()
                under_way.append(task)
                futures[pool.submit(_attempt, work, task)] = task
            done, _ = wait(futures, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                under_way.remove(futures.pop(future))
                yield outcome


def _run_alone(task: Task, work: Callable[[Task], Result]) -> Outcome[Task, Result]:
    with _pool(1) as pool:
        try:
            return pool.submit(_attempt, work, task).result()
        except BrokenProcessPool:
            return Outcome(task, None, "its worker process died (killed, or out of memory)", 0.0)


def _attempt(work: Callable[[Task], Result], task: Task) -> Outcome[Task, Result]:
    start = time.process_time()
    try:
        result, reason = work(task), ""
    except Exception as error:
        result, reason = None, " ".join(f"{type(error).__name__}: {error}".split())
    return Outcome(task, result, reason, time.process_time() - start)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("fork"), initializer=_die_with_parent
    )


def _die_with_parent() -> None:
    """End this worker when its parent is killed, which would else leave it waiting for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
