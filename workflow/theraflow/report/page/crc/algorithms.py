"""How the search algorithms compare."""

from theraflow.crc import tables
from theraflow.crc.comparison import tables as comparison
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.crc.comparison.regimens import tables as regimens
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.page.blocks import Block, Section, Text
from theraflow.report.page.crc.therapies import FOLDER
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.search import tables as search_tables


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
                summary,
                comparison.SUMMARY_SCHEMA,
                {
                    comparison.GROUP: "group",
                    search_tables.BUDGET: "budget",
                    search_tables.AXIS: "counted in",
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
                front_summary,
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
                regimen_summary,
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
        for figure in CRC_FIGURES.values()
        if figure.id != "regimens"
        or results.study is None
        or results.study.crc.search.regimen.statistics
    ]
    blocks += [picture(results, "crc", figure) for figure in wanted]
    return Section("crc-comparison", "Algorithms, fronts and regimens", tuple(blocks))
