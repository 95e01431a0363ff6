"""The campaign in brief: the numbers to remember, and how far each stage is."""

from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section
from theraflow.report.page.crc.therapies import headline as crc_headline
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.tnf.surrogates import headline as surrogates_headline
from theraflow.report.page.tnf.treatments import headline as treatments_headline
from theraflow.report.page.words import number
from theraflow.report.stages import campaign_stages
from theraflow.work import accounting
from theraflow.work.progress import stages

_PROGRESS_SCHEMA: Final = pa.schema(
    [
        field(stages.STAGE, pa.string(), "", "kind of work"),
        field(stages.DONE, pa.int64(), "", "pieces that are finished"),
        field(stages.TOTAL, pa.int64(), "", "pieces that the config asks for"),
        field(stages.RUNNING, pa.int64(), "", "pieces under way when the page was written"),
        field(stages.FAILED, pa.int64(), "", "pieces whose last attempt failed"),
        field(stages.CORE_HOURS, pa.float64(), "h", "core-hours of finished attempts"),
    ]
)


def glance(results: Results) -> Section:
    """Tell the campaign in brief."""
    numbers = [*surrogates_headline(results), *treatments_headline(results), *crc_headline(results)]
    numbers += _cost(results)
    blocks: list[Block] = [Numbers(tuple(numbers))] if numbers else []
    if not numbers:
        blocks.append(Missing("Nothing has been computed yet."))
    return Section("glance", "At a glance", (*blocks, _progress(results)))


def _cost(results: Results) -> list[Number]:
    table = results.cost
    if table is None or results.campaign is None:
        return []
    total = table.loc[table[accounting.RULE] == accounting.TOTAL, accounting.CORE_HOURS]
    return [
        Number("Cost, core-hours", f"{number(total.iloc[0])} h", "that all jobs held, busy or not.")
    ]


def _progress(results: Results) -> Block:
    if results.study is None or results.campaign is None:
        return Missing(
            "Not known: how far the campaign is. That takes its config and a folder `results`."
        )
    progress = stages.CampaignProgress(results.campaign, campaign_stages(results.study)).now()
    return data_table(
        "glance-progress",
        "How far the campaign is",
        "A stage is complete when as many pieces are done as the config asks for.",
        progress,
        _PROGRESS_SCHEMA,
        {
            stages.STAGE: "stage",
            stages.DONE: "done",
            stages.TOTAL: "asked for",
            stages.RUNNING: "running",
            stages.FAILED: "failed",
            stages.CORE_HOURS: "core-hours",
        },
    )
