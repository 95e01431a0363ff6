"""What a campaign has cost, by rule: from the benchmarks of its jobs, and the ledger.

A benchmark tells of the last job of its name that ended well. What earlier jobs did before they
were killed is in the ledger only.
"""

import ast
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from theraflow.core.errors import UserError
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import stream_ledger
from theraflow.work.status import Status

RULE: Final = "rule"
JOBS: Final = "jobs"
CORE_HOURS: Final = "core_hours"
CPU_HOURS: Final = "cpu_hours"
GPU_HOURS: Final = "gpu_hours"
LOST_CORE_HOURS: Final = "lost_core_hours"
ESTIMATED_CORE_HOURS: Final = "estimated_core_hours"
COLUMNS: Final = (JOBS, CORE_HOURS, CPU_HOURS, GPU_HOURS, LOST_CORE_HOURS)
TOTAL: Final = "all"

BENCHMARKS: Final = Path("results/benchmarks")

_SECONDS_PER_HOUR: Final = 3600
_LOST: Final = frozenset({Status.FAILED, Status.TIMED_OUT, Status.KILLED})
_GPU_RESOURCES: Final = ("gpu", "gpus", "nvidia_gpu")


@dataclass(frozen=True)
class Benchmark:
    """What one job took: wall time, CPU time (s), cores and GPUs that it held."""

    name: str
    started_at: float
    wall_s: float
    cpu_s: float
    cores: int
    gpus: int

    @property
    def rule(self) -> str:
        """The rule of the job."""
        return self.name.split("/")[0]


def campaign_cost(folder: Path, estimates: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Add up the cost of a campaign that ran in a folder: one row per rule, and one for all.

    Columns: jobs that ended well, core-hours that jobs held, CPU-hours that they used of these,
    GPU-hours, and the core-hours of attempts that failed, timed out or were killed, as far as
    someone saw their end. ``estimates`` (core-hours by rule) become a column of their own. Raises
    ``UserError`` for a folder without benchmarks.
    """
    benchmarks = {item.name: item for item in read_benchmarks(folder / BENCHMARKS)}
    if not benchmarks:
        raise UserError(
            f"{folder}: holds no {BENCHMARKS}; give the working directory of a campaign"
        )
    costs = pd.concat([_of_jobs(benchmarks), *_of_attempts(folder / "results", benchmarks)])
    table = costs.groupby(RULE).sum()
    if estimates is not None:
        table = table.reindex(table.index.union(list(estimates)), fill_value=0.0)
        table[ESTIMATED_CORE_HOURS] = pd.Series(estimates)
    table.loc[TOTAL] = table.sum()
    return table.astype({JOBS: int}).reset_index()


def read_benchmarks(folder: Path) -> Iterator[Benchmark]:
    """Yield the benchmarks that Snakemake has written below a folder, one per job.

    Cores and GPUs are those of ``benchmark-extended``; without it, one core and none.
    """
    for file in sorted(folder.rglob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as lines:
            # Texts of parameters may hold quotation marks, which mean nothing here.
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        if rows:
            yield _benchmark(file, file.relative_to(folder), rows[-1])


def _benchmark(file: Path, relative: Path, row: Mapping[str, Any]) -> Benchmark:
    wall_s = _number(row.get("s"))
    return Benchmark(
        name=relative.with_suffix("").as_posix(),
        started_at=file.stat().st_mtime - wall_s,
        wall_s=wall_s,
        cpu_s=_number(row.get("cpu_time")),
        cores=int(_number(row.get("threads")) or 1),
        gpus=_gpus(row.get("resources") or "{}"),
    )


def _number(text: str | None) -> float:
    """Read a number; 0 for the signs with which Snakemake says that it could not measure."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _gpus(text: str) -> int:
    """Count the GPUs in a job's resources, however they were asked for."""
    try:
        resources = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return 0
    for name in _GPU_RESOURCES:
        if resources.get(name):
            return int(resources[name])
    kind, *details = str(resources.get("gres", "")).split(":")
    if kind == "gpu":
        return int(details[-1]) if details and details[-1].isdigit() else 1
    return 1 if resources.get("gpu_model") else 0


def _of_jobs(benchmarks: Mapping[str, Benchmark]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            RULE: item.rule,
            JOBS: 1,
            CORE_HOURS: item.cores * item.wall_s / _SECONDS_PER_HOUR,
            CPU_HOURS: item.cpu_s / _SECONDS_PER_HOUR,
            GPU_HOURS: item.gpus * item.wall_s / _SECONDS_PER_HOUR,
            LOST_CORE_HOURS: 0.0,
        }
        for item in benchmarks.values()
    )


def _of_attempts(folder: Path, benchmarks: Mapping[str, Benchmark]) -> Iterator[pd.DataFrame]:
    """Yield what the ledger adds: time in jobs that no benchmark tells of, and time lost."""
    if not folder.is_dir():
        return
    for part in stream_ledger(folder):
        rows = part.to_pandas()
        names = rows[schema.LOG].map(_benchmark_name)
        begins = names.map(lambda name: _begin_of_benchmark(name, benchmarks))
        earlier = rows[schema.STARTED].map(pd.Timestamp.timestamp) < begins
        hours = rows[schema.WALL_S].fillna(0) / _SECONDS_PER_HOUR
        cpu_hours = rows[schema.CPU_S].fillna(0) / _SECONDS_PER_HOUR
        yield pd.DataFrame(
            {
                RULE: names.str.split("/").str[0],
                JOBS: 0,
                CORE_HOURS: hours.where(earlier, 0),
                CPU_HOURS: cpu_hours.where(earlier, 0),
                GPU_HOURS: 0.0,
                LOST_CORE_HOURS: hours.where(rows[schema.STATUS].isin(_LOST), 0),
            }
        )


def _benchmark_name(log: str) -> str:
    """Name the benchmark of the job that wrote a log: they have one name in two folders."""
    return Path(log).relative_to("logs").with_suffix("").as_posix()


def _begin_of_benchmark(name: str, benchmarks: Mapping[str, Benchmark]) -> float:
    """Return when the job began that a benchmark tells of; infinity where there is none."""
    return benchmarks[name].started_at if name in benchmarks else float("inf")
