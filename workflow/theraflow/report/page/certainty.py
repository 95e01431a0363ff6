"""How sure the results are: samples, noise, coverage of intervals, engines, verification."""

import pandas as pd

from theraflow.crc import tables as crc_tables
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.report.catalogue.tnf import UNCERTAINTY_FIGURES, VALIDATION_FIGURES
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.words import count, number
from theraflow.tnf import tables


def certainty(results: Results) -> Section:
    """Gather what tells how far the results can be trusted."""
    parts = (_coverage(results), _engines(results), _verification(results))
    return Section("certainty", "How sure we are", sections=parts)


def _coverage(results: Results) -> Section:
    blocks: list[Block] = [
        Text(
            "The ensemble of the surrogate of every radius gives intervals. They are checked on "
            "simulations that it has not seen: of intervals for 95 %, about 95 % should hold."
        )
    ]
    coverage = results.table("tnf/evaluation/general/coverage.parquet")
    if coverage is None:
        blocks.append(Missing("Not computed: the coverage of the intervals has not been checked."))
    else:
        groups = coverage.groupby([tables.INTERVAL_OF, tables.LEVEL])
        blocks.append(
            Numbers(
                tuple(
                    Number(
                        label=f"Intervals of {of_what} for {number(level)} %",
                        value=f"{number(group[tables.COVERAGE].mean())} %",
                        interval=f"asked for {number(level)} %",
                        meaning=(
                            "hold, over all radii, hours and cell types; "
                            f"{number(group[tables.INTERVAL_WIDTH].mean())} cells wide on average, "
                            f"{count(_checked(group), 'case')} checked."
                        ),
                    )
                    for (of_what, level), group in groups
                )
            )
        )
        blocks += [picture(results, "tnf", figure) for figure in UNCERTAINTY_FIGURES]
    return Section("certainty-coverage", "Intervals of the surrogates", tuple(blocks))


def _checked(group: pd.DataFrame) -> int:
    return int(group.groupby(tables.TUMOR_RADIUS_UM)[tables.CHECKED].first().sum())


def _engines(results: Results) -> Section:
    title = "Agreement of simulators"
    excesses = results.table("tnf/validation/excesses.parquet")
    if excesses is not None:
        return Section(
            "certainty-engines",
            title,
            (
                Text(
                    "The relative error between simulations of two simulators is compared with "
                    "that within each. An excess of 0 means that they cannot be told apart."
                ),
                data_table(
                    "certainty-excesses",
                    "Agreement by radius",
                    "All tables: `tnf/validation/`.",
                    excesses,
                    tables.AGREEMENT_EXCESSES_SCHEMA,
                    {
                        tables.TUMOR_RADIUS_UM: "radius",
                        tables.POINTS: "points",
                        tables.BETWEEN: "between",
                        tables.WITHIN_SECOND: "within",
                        tables.EXCESS: "excess",
                        tables.LOWER: "from",
                        tables.UPPER: "to",
                        tables.MARGIN: "margin",
                        tables.VERDICT: "verdict",
                        tables.FIRST_SIMULATOR: "simulator",
                        tables.SECOND_SIMULATOR: "study's engine",
                    },
                ),
                *(picture(results, "tnf", figure) for figure in VALIDATION_FIGURES),
            ),
        )
    wanted = results.study is not None and results.study.tnf.validation.is_wanted
    text = (
        "Not computed: the simulators have not been compared."
        if wanted
        else "Not asked for: `tnf.validation` names no other simulator to compare with."
    )
    return Section("certainty-engines", title, (Missing(text),))


def _verification(results: Results) -> Section:
    blocks: list[Block] = [
        Text(
            "Searches simulate therapies fast. The best therapy of every search is simulated once "
            "more by COPASI at tight tolerances. A gap far below 1 % leaves the ranking as it is."
        )
    ]
    searches = results.table("crc/comparison/searches.parquet")
    summary = results.table("crc/fronts/front_summary.parquet")
    numbers = []
    if searches is not None:
        gaps = searches[crc_tables.RELATIVE_GAP].dropna().abs()
        numbers.append(
            Number(
                "Largest gap of a search",
                f"{number(100 * gaps.max())} %",
                "of J, between search and verification.",
                f"{count(len(gaps), 'therapy', 'therapies')} verified",
            )
        )
    if summary is not None:
        everyone = summary[summary[crc_tables.SUBJECT] == fronts.ALL].iloc[0]
        numbers.append(
            Number(
                "Largest gap of a front",
                f"{number(100 * abs(everyone[fronts.LARGEST_GAP]))} %",
                "of the inefficacy, over the therapies of the fronts that were verified.",
                f"mean over {int(everyone[fronts.PATIENTS])} patients",
            )
        )
    if numbers:
        blocks.append(Numbers(tuple(numbers)))
    else:
        blocks.append(Missing("Not computed: no therapy has been verified yet."))
    return Section("certainty-verification", "Verification of therapies", tuple(blocks))
