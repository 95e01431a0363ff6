"""A ledger in brief: attempts counted by how they ended, and those that stand out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow as pa

from theraflow.work.ledger import schema
from theraflow.work.status import FINAL, Status

STUDY: Final = "study"
ATTEMPTS: Final = "attempts"
PIECES: Final = "pieces"
WALL_HOURS: Final = "wall_hours"
CPU_HOURS: Final = "cpu_hours"
FAILURES: Final = "failures"
RUN_AGAIN: Final = "run_again"

_STUDY_OF_WORK: Final = {schema.SIMULATION: "tnf", schema.GROWTH: "crc", schema.SEARCH: "crc"}
_GROUP: Final = [schema.WORK, schema.STATUS]
_SECONDS_PER_HOUR: Final = 3600
_TOLD: Final = [schema.WORK, schema.KEY, schema.SEED, schema.STATUS, schema.REASON, schema.LOG]


@dataclass(frozen=True)
class LedgerSummary:
    """Tables for people and programs.

    ``counts``: per kind of work and status, the attempts, the pieces of work that they are of, and
    hours. ``run_again``: per kind of work, the pieces of work that were finished more than once.
    ``most_failures``, ``slowest`` and ``largest`` hold the worst offenders, worst first.
    """

    counts: pd.DataFrame
    run_again: pd.DataFrame
    most_failures: pd.DataFrame
    slowest: pd.DataFrame
    largest: pd.DataFrame


def summarise_ledger(parts: Iterable[pa.Table], worst: int) -> LedgerSummary:
    """Summarise the parts of a ledger, of which one at a time is held in memory.

    Of every attempt that succeeded only its key is kept. ``worst`` is the number of attempts that
    stand out to list.
    """
    counts: list[pd.DataFrame] = []
    finished: list[pd.DataFrame] = []
    failed: list[pd.DataFrame] = []
    slowest = largest = schema.LEDGER_SCHEMA.empty_table().to_pandas()
    for part in parts:
        rows = part.to_pandas()
        counts.append(_count(rows))
        finished.append(rows.loc[rows[schema.STATUS].isin(FINAL), [schema.WORK, schema.KEY]])
        failed.append(rows[_is_failure(rows)])
        slowest = _largest(pd.concat([slowest, rows]), schema.WALL_S, worst)
        largest = _largest(pd.concat([largest, rows]), schema.PEAK_MEMORY_MB, worst)
    return LedgerSummary(
        _joined_counts(counts),
        _run_again(finished),
        _most_failures(failed, worst),
        slowest,
        largest,
    )


def _is_failure(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Tell failures from findings: that a candidate is not plausible is what growing it tells."""
    finding = (rows[schema.WORK] == schema.GROWTH) & (rows[schema.STATUS] == Status.REJECTED)
    return ~(finding | rows[schema.STATUS].isin({Status.OK, schema.UNFINISHED}))


def _count(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby(_GROUP)
    return pd.DataFrame(
        {
            ATTEMPTS: groups.size(),
            PIECES: groups[schema.KEY].nunique(),
            WALL_HOURS: groups[schema.WALL_S].sum() / _SECONDS_PER_HOUR,
            CPU_HOURS: groups[schema.CPU_S].sum() / _SECONDS_PER_HOUR,
        }
    )


def _joined_counts(counts: list[pd.DataFrame]) -> pd.DataFrame:
    if not counts:
        return pd.DataFrame(columns=[STUDY, *_GROUP, ATTEMPTS, PIECES, WALL_HOURS, CPU_HOURS])
    joined = pd.concat(counts).groupby(_GROUP).sum().reset_index()
    joined.insert(0, STUDY, joined[schema.WORK].map(_STUDY_OF_WORK))
    return joined.sort_values([STUDY, *_GROUP], ignore_index=True)


def _run_again(finished: list[pd.DataFrame]) -> pd.DataFrame:
    if not finished:
        return pd.DataFrame(columns=[schema.WORK, RUN_AGAIN])
    times = pd.concat(finished).groupby([schema.WORK, schema.KEY]).size()
    again = (times > 1).groupby(schema.WORK).sum()
    return again.rename(RUN_AGAIN).reset_index()


def _most_failures(failed: list[pd.DataFrame], worst: int) -> pd.DataFrame:
    if not failed:
        return pd.DataFrame(columns=[FAILURES, *_TOLD])
    rows = pd.concat(failed).sort_values(schema.STARTED)
    last = rows.groupby(schema.KEY)[_TOLD].tail(1).set_index(schema.KEY, drop=False)
    last.insert(0, FAILURES, rows.groupby(schema.KEY).size())
    return last.sort_values(FAILURES, ascending=False, kind="stable").head(worst)


def _largest(rows: pd.DataFrame, column: str, worst: int) -> pd.DataFrame:
    return rows.dropna(subset=[column]).nlargest(worst, column)
