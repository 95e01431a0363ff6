"""How the search algorithms compare."""

from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.core.columns import field
from theraflow.crc import tables
from theraflow.crc.comparison import tables as comparison
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.crc.comparison.regimens import tables as regimens
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.figures.crc.conventions import title_of
from theraflow.report.page.blocks import Block, Section, Text
from theraflow.report.page.crc.therapies import FOLDER
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.words import exact, plain
from theraflow.search import tables as search_tables

_FIGURES: Final = (
    "quality_and_drugs",
    "best_so_far",
    "run_time_distribution",
    "attainment",
    "regimens",
)
_BUDGET: Final = "compared_at"
_BUDGET_FIELD: Final = field(_BUDGET, pa.string(), "", "budget that all of the group have spent")
_AXES: Final = {"evaluation": "therapies", "wall_s": "s of wall time", "cpu_s": "s of CPU time"}


def algorithms(results: Results) -> Section:
    """Compare the algorithms, show the fronts and the regimens, and all figures of the study."""
    blocks: list[Block] = [
        Text(
            "Algorithms are compared at the largest budget that all of a group have spent. Means "
            "are over patients and seeds, ± their standard deviation."
        )
    ]
    summary = results.table(f"{FOLDER}/summary.parquet")
    if summary is not None:
        blocks.append(
            data_table(
                "crc-algorithms",
                "Algorithms",
                f"Lower is better. All columns: `{FOLDER}/summary.csv`.",
                _worded(summary),
                comparison.SUMMARY_SCHEMA.append(_BUDGET_FIELD),
                {
                    _BUDGET: "compared at",
                    comparison.PATIENTS: "patients",
                    tables.ALGORITHM: "algorithm",
                    tables.RELATIVE_OBJECTIVE: "J, of the reference's",
                    tables.RELATIVE_OBJECTIVE + comparison.DEVIATION: "± SD",
                    tables.RELATIVE_INEFFICACY: "inefficacy, of the reference's",
                    tables.DRUG_QUANTITY_PERCENT: "drugs",
                },
            )
        )
    front_summary = results.table("crc/fronts/front_summary.parquet")
    if front_summary is not None:
        blocks.append(
            data_table(
                "crc-fronts",
                "What each patient can choose from",
                "From the front of all searches: no other therapy of the patient leaves a smaller "
                "tumour for less drug. All columns: `crc/fronts/front_summary.csv`.",
                front_summary.assign(
                    **{
                        tables.SUBJECT: front_summary[tables.SUBJECT].map(plain),
                        fronts.DOMINATES_REFERENCE: front_summary[fronts.DOMINATES_REFERENCE].map(
                            _share
                        ),
                    }
                ),
                fronts.FRONT_SUMMARY_SCHEMA,
                {
                    tables.SUBJECT: "patient",
                    fronts.DOMINATES_REFERENCE: "beats the reference",
                    fronts.LEAST_DRUGS_PERCENT: "least drugs, no loss",
                    fronts.LEAST_INEFFICACY_PERCENT: "least inefficacy, no more drugs",
                    fronts.HYPERVOLUME_MERGED: "hypervolume",
                    fronts.LARGEST_GAP: "verification gap",
                },
            )
        )
    regimen_summary = results.table("crc/regimens/regimen_summary.parquet")
    if regimen_summary is not None:
        blocks.append(
            data_table(
                "crc-regimens",
                "One regimen for all, and personal therapies",
                "All columns: `crc/regimens/regimen_summary.csv`.",
                regimen_summary.assign(
                    **{regimens.STATISTIC: regimen_summary[regimens.STATISTIC].map(plain)}
                ),
                regimens.REGIMEN_SUMMARY_SCHEMA,
                {
                    regimens.STATISTIC: "minimises the",
                    regimens.THERAPY: "therapy",
                    regimens.PATIENTS: "patients",
                    regimens.MEAN_PERCENT: "inefficacy, mean",
                    regimens.WORST_QUARTER_PERCENT: "worst quarter",
                    regimens.PATIENTS_BETTER: "better than the reference",
                    tables.DRUG_QUANTITY_PERCENT: "drugs",
                },
            )
        )
    wanted = [
        figure
        for figure in map(CRC_FIGURES.__getitem__, _FIGURES)
        if figure.id != "regimens"
        or results.study is None
        or results.study.crc.search.regimen.statistics
    ]
    blocks += [picture(results, "crc", figure) for figure in wanted]
    return Section("crc-comparison", "Algorithms, fronts and regimens", tuple(blocks))


def _budget(row: dict[str, Any]) -> str:
    return f"{exact(row[search_tables.BUDGET])} {_AXES[row[search_tables.AXIS]]}"


def _worded(summary: pd.DataFrame) -> pd.DataFrame:
    """Name budgets and algorithms as people do."""
    worded = summary.copy()
    worded[_BUDGET] = [_budget(row) for row in records(summary)]
    worded[tables.ALGORITHM] = summary[tables.ALGORITHM].map(title_of)
    return worded


def _share(patients: float) -> str:
    """Write whether one patient does or, of several, how many percent do."""
    return {0.0: "no", 1.0: "yes"}.get(patients, f"{exact(100 * patients)} %")
