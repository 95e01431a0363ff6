"""The stages of a campaign, and how far each is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from theraflow.work.accounting import BENCHMARKS, Benchmark, read_benchmarks
from theraflow.work.progress import scheduler
from theraflow.work.progress.pieces import PieceCounter, Pieces

STAGE: Final = "stage"
TOTAL: Final = "total"
DONE: Final = "done"
RUNNING: Final = "running"
FAILED: Final = "failed"
CORE_HOURS: Final = "core_hours"
HOURS_LEFT: Final = "hours_left"
JOBS_WAITING: Final = "jobs_waiting"
JOBS_RUNNING: Final = "jobs_running"

_SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True)
class Stage:
    """One kind of work of a campaign, and how much of it the config asks for.

    ``ledger_folder`` holds the ledgers of its pieces of work; without one, its pieces are the jobs
    of the rule.
    """

    name: str
    rule: str
    total: int
    ledger_folder: str | None = None


class CampaignProgress:
    """How far a campaign in a folder is; asked again and again while it runs."""

    def __init__(self, folder: Path, stages: Iterable[Stage]) -> None:
        self._folder = folder
        self._stages = [stage for stage in stages if stage.total]
        self._pieces = PieceCounter()

    def now(self, jobs: Mapping[tuple[str, str], int] | None = None) -> pd.DataFrame:
        """Tell of every stage what is done, running and failed, what it took, and the hours left.

        ``jobs`` are those of ``scheduler.jobs_by_rule``; where they are given, columns tell how
        many wait and run. Hours left are those of as many pieces at once as run now, each as long
        as those that are done; where none runs, or none is done, they are not known.
        """
        benchmarks = _by_rule(read_benchmarks(self._folder / BENCHMARKS))
        rows = []
        for stage in self._stages:
            pieces = self._count(stage, benchmarks.get(stage.rule, []), jobs)
            row = {
                STAGE: stage.name,
                TOTAL: stage.total,
                DONE: pieces.done,
                RUNNING: pieces.running,
                FAILED: pieces.failed,
                CORE_HOURS: pieces.core_hours,
                HOURS_LEFT: _hours_left(stage, pieces),
            }
            if jobs is not None:
                row[JOBS_WAITING] = jobs.get((stage.rule, scheduler.WAITING), 0)
                row[JOBS_RUNNING] = jobs.get((stage.rule, scheduler.RUNNING), 0)
            rows.append(row)
        return pd.DataFrame(rows)

    def _count(
        self,
        stage: Stage,
        benchmarks: list[Benchmark],
        jobs: Mapping[tuple[str, str], int] | None,
    ) -> Pieces:
        if stage.ledger_folder is not None:
            return self._pieces.count(self._folder / stage.ledger_folder)
        hours = sum(item.cores * item.wall_s for item in benchmarks) / _SECONDS_PER_HOUR
        running = 0 if jobs is None else jobs.get((stage.rule, scheduler.RUNNING), 0)
        return Pieces(len(benchmarks), running, 0, hours, hours)


def _by_rule(benchmarks: Iterable[Benchmark]) -> dict[str, list[Benchmark]]:
    by_rule: dict[str, list[Benchmark]] = {}
    for benchmark in benchmarks:
        by_rule.setdefault(benchmark.rule, []).append(benchmark)
    return by_rule


def _hours_left(stage: Stage, pieces: Pieces) -> float:
    left = max(stage.total - pieces.done, 0)
    if not left:
        return 0.0
    if not pieces.done or not pieces.running:
        return float("nan")
    return left * pieces.done_core_hours / pieces.done / pieces.running
