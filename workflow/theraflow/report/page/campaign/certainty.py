"""How sure the results are: samples, noise, coverage of intervals, engines, verification."""

from typing import Final

import pandas as pd

from theraflow.crc import tables as crc_tables
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.report.catalogue.tnf import UNCERTAINTY_FIGURES, VALIDATION_FIGURES
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.words import count, exact, number
from theraflow.tnf import tables

_INTERVALS: Final = {
    tables.ONE_SIMULATION: "one simulation",
    tables.MEAN_OF_SIMULATIONS: "the mean",
}


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
        blocks.append(Numbers(tuple(_held(group) for _, group in groups)))
        blocks += [picture(results, "tnf", figure) for figure in UNCERTAINTY_FIGURES]
    return Section("certainty-coverage", "Intervals of the surrogates", tuple(blocks))


def _held(group: pd.DataFrame) -> Number:
    """Tell what intervals of one kind and level hold."""
    level = f"{exact(group[tables.LEVEL].iloc[0])} %"
    checked = int(group.groupby(tables.TUMOR_RADIUS_UM)[tables.CHECKED].first().sum())
    return Number(
        label=f"Intervals of {_INTERVALS[group[tables.INTERVAL_OF].iloc[0]]} for {level}",
        value=f"{number(group[tables.COVERAGE].mean())} %",
        interval=f"asked for {level}",
        meaning=(
            "hold, over all radii, hours and cell types; "
            f"{number(group[tables.INTERVAL_WIDTH].mean())} cells wide on average, "
            f"{count(checked, 'case')} checked."
        ),
    )


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
    block = (
        Missing("Not computed: the simulators have not been compared.")
        if wanted
        else Text("Not asked for: `tnf.validation` names no other simulator to compare with.")
    )
    return Section("certainty-engines", title, (block,))


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
                f"largest over {count(int(everyone[fronts.PATIENTS]), 'patient')}",
            )
        )
    if numbers:
        blocks.append(Numbers(tuple(numbers)))
    else:
        blocks.append(Missing("Not computed: no therapy has been verified yet."))
    return Section("certainty-verification", "Verification of therapies", tuple(blocks))
