"""What a campaign has cost: core-hours by rule, and how its pieces of work ended."""

from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.core.columns import field
from theraflow.core.errors import UserError
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.words import count, number
from theraflow.work import accounting
from theraflow.work.ledger import schema, summary
from theraflow.work.ledger.files import stream_ledger

_COST_SCHEMA: Final = pa.schema(
    [
        field(accounting.RULE, pa.string(), "", "rule of the workflow"),
        field(accounting.JOBS, pa.int64(), "", "jobs that ended well"),
        field(accounting.CORE_HOURS, pa.float64(), "h", "cores that the jobs held, times hours"),
        field(accounting.CPU_HOURS, pa.float64(), "h", "of these, hours in which a core computed"),
        field(accounting.GPU_HOURS, pa.float64(), "h", "GPUs that the jobs held, times hours"),
        field(
            accounting.LOST_CORE_HOURS,
            pa.float64(),
            "h",
            "in attempts that failed, timed out or were killed",
        ),
    ]
)
_LEDGER_SCHEMA: Final = pa.schema(
    [
        schema.LEDGER_SCHEMA.field(schema.WORK),
        schema.LEDGER_SCHEMA.field(schema.STATUS),
        field(summary.ATTEMPTS, pa.int64(), "", "attempts that ended so"),
        field(summary.PIECES, pa.int64(), "", "pieces of work that they are of"),
        field(summary.WALL_HOURS, pa.float64(), "h", "their wall time"),
        field(summary.CPU_HOURS, pa.float64(), "h", "their CPU time"),
    ]
)


def cost(results: Results) -> Section:
    """Add up what the campaign has cost so far."""
    blocks: list[Block] = [
        Text(
            "A core-hour is one core that a job holds for an hour, busy or not. Jobs that ran at "
            "the same time count each. `theraflow cost` and `theraflow ledger` print the same."
        )
    ]
    blocks += _by_rule(results)
    blocks += _by_work(results)
    return Section("cost", "What it cost", tuple(blocks))


def _by_rule(results: Results) -> list[Block]:
    table = results.cost
    if table is None:
        return [Missing("Not known: the cost. No job of this campaign has left a benchmark.")]
    by_rule = table[table[accounting.RULE] != accounting.TOTAL]
    (total,) = records(table[table[accounting.RULE] == accounting.TOTAL])
    ordered = by_rule.sort_values(accounting.CORE_HOURS, ascending=False, ignore_index=True)
    return [
        Numbers(
            (
                _hours("Core-hours", total[accounting.CORE_HOURS], "held by all jobs"),
                _hours(
                    "CPU-hours", total[accounting.CPU_HOURS], "of these in which cores computed"
                ),
                _hours("GPU-hours", total[accounting.GPU_HOURS], "in which jobs held a GPU"),
                _hours(
                    "Lost core-hours",
                    total[accounting.LOST_CORE_HOURS],
                    "in attempts that failed, timed out or were killed",
                ),
                Number("Jobs", count(int(total[accounting.JOBS]), "job"), "that ended well"),
            )
        ),
        data_table(
            "cost-rules",
            "Cost of each rule",
            "One row per rule of the workflow, the most expensive first.",
            ordered,
            _COST_SCHEMA,
            {
                accounting.RULE: "rule",
                accounting.JOBS: "jobs",
                accounting.CORE_HOURS: "core-hours",
                accounting.CPU_HOURS: "CPU-hours",
                accounting.GPU_HOURS: "GPU-hours",
                accounting.LOST_CORE_HOURS: "lost",
            },
        ),
    ]


def _hours(label: str, hours: Any, meaning: str) -> Number:
    return Number(label, f"{number(hours)} h", f"{meaning}.")


def _by_work(results: Results) -> list[Block]:
    try:
        counts = summary.summarise_ledger(stream_ledger(results.folder), worst=0).counts
    except UserError as error:
        return [Missing(f"Not known: how the pieces of work ended. {error}.")]
    if counts.empty:
        return [Missing("Not known: how the pieces of work ended. There is no ledger yet.")]
    return [
        data_table(
            "cost-work",
            "Simulations, growths and searches",
            "How their attempts ended. A growth that is “rejected” is a finding: the candidate is "
            "not plausible.",
            pd.DataFrame(counts),
            _LEDGER_SCHEMA,
            {
                schema.WORK: "work",
                schema.STATUS: "status",
                summary.ATTEMPTS: "attempts",
                summary.PIECES: "pieces",
                summary.WALL_HOURS: "wall time",
                summary.CPU_HOURS: "CPU time",
            },
        )
    ]
