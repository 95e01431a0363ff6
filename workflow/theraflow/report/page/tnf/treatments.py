"""Which treatments were found, and how much of their promise they kept."""

from typing import Any, Final

import pandas as pd

from theraflow.report.catalogue.tnf import TREATMENT_FIGURES
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.words import count, exact, interval, number, plain
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.plan import evaluators_of, plan_targets

_FOLDER: Final = "tnf/treatment"
_TREATMENT_COLUMNS: Final = {
    tables.TARGET: "target",
    tables.KIND: "kind",
    tables.RANK: "rank",
    tables.SIMULATED_LIVING_CELLS: "simulated",
    tables.STANDARD_ERROR: "± SE",
    tables.PREDICTED_LIVING_CELLS: "predicted",
    tables.INITIAL_CELLS: "at start",
    tables.TNF_GIVEN: "TNF given",
    tnf_tables.PULSE_PERIOD_MIN: "period",
    tnf_tables.PULSE_DURATION_MIN: "pulse",
    tnf_tables.TNF_CONCENTRATION: "concentration",
    tables.REPLICATES: "simulations",
    tables.EVALUATOR: "found by",
    tables.SEARCH: "search",
}
_OPTIMISM_COLUMNS: Final = {
    tables.TARGET: "target",
    tables.EVALUATOR: "found by",
    tables.TREATMENTS: "treatments",
    tables.MEAN_DIFFERENCE: "predicted − simulated",
    tables.MEAN_DIFFERENCE_ERROR: "± SE",
    tables.OUTSIDE: "outside",
    tables.FIRST_PREDICTED: "first: predicted",
    tables.FIRST_SIMULATED: "first: simulated",
    tables.CHOSEN_SIMULATED: "chosen: simulated",
    tables.VERDICT: "verdict",
}


def treatments(results: Results) -> Section | None:
    """Tell the best treatment of every target; None where the config asks for none."""
    if results.study is not None and not results.study.tnf.treatment.searches:
        return None
    blocks: list[Block] = [
        Text(
            "Searches choose period, length and concentration of the pulses. What they find is "
            "simulated again, with random numbers that nothing else has used. Rank 1 is the "
            "treatment with the best simulations, not with the best promise. TNF given is "
            "concentration × time on, in percent of a concentration of 1 that is always on."
        )
    ]
    treated, optimism = _verified(results), results.table(f"{_FOLDER}/optimism.parquet")
    if treated is not None:
        blocks.append(Numbers(tuple(_best(row) for row in best_treatments(results))))
    if optimism is not None and treated is not None:
        initial = treated.drop_duplicates(tables.TARGET).set_index(tables.TARGET)
        kept = [_kept(row, initial) for row in records(optimism)]
        blocks.append(Numbers(tuple(kept)))
    blocks += _missing(results)
    if treated is not None:
        blocks.append(
            data_table(
                "tnf-treatments",
                "Treatments simulated again",
                "Kind “best”: of the objective. Kind “front”: no other leaves fewer cells for "
                f"less TNF. Counts are living cells at the end. All columns: "
                f"`{_FOLDER}/treatments.csv`.",
                treated.assign(**{tables.TARGET: treated[tables.TARGET].map(plain)}),
                tables.TREATMENTS_SCHEMA,
                _TREATMENT_COLUMNS,
            )
        )
    if optimism is not None:
        blocks.append(
            data_table(
                "tnf-optimism",
                "Promises of the evaluators",
                "Whoever picks the best of many predictions picks those that err to the good "
                "side. Below 0, fewer living cells were promised than simulations leave.",
                optimism.assign(**{tables.TARGET: optimism[tables.TARGET].map(plain)}),
                tables.OPTIMISM_SCHEMA,
                _OPTIMISM_COLUMNS,
            )
        )
    blocks += [picture(results, "tnf", figure) for figure in TREATMENT_FIGURES]
    return Section("tnf-treatments-found", "Treatments", tuple(blocks))


def headline(results: Results) -> list[Number]:
    """Tell the best treatment of the first target in brief."""
    return [_best(row) for row in best_treatments(results)[:2]]


def best_treatments(results: Results) -> list[dict[str, Any]]:
    """Choose the treatment of each target that simulations rank first, by rows of their table."""
    treated = _verified(results)
    if treated is None:
        return []
    # Before all evaluators are compared, each has ranks of its own.
    ordered = treated[treated[tables.KIND] == tables.BEST].sort_values(
        [tables.SIMULATED_OBJECTIVE, tables.RANK]
    )
    best = ordered.drop_duplicates(tables.TARGET)
    return records(best.sort_values([tnf_tables.TUMOR_RADIUS_UM, tables.TARGET]))


def _verified(results: Results) -> pd.DataFrame | None:
    """Read the treatments of all evaluators or, before they are compared, of those there are."""
    ranked = results.table(f"{_FOLDER}/treatments.parquet")
    if ranked is not None:
        return ranked
    files = results.files(f"{_FOLDER}/*/*.verified.parquet")
    return results.tables([str(file.relative_to(results.folder)) for file in files])


def _best(row: dict[str, Any]) -> Number:
    hours = row[tables.HORIZON_MIN] / 60
    return Number(
        label=f"Best treatment, {plain(row[tables.TARGET])}",
        value=f"{number(row[tables.SIMULATED_LIVING_CELLS])} cells",
        interval=(
            f"95 % interval {interval(row[tables.SIMULATED_LOWER], row[tables.SIMULATED_UPPER])}; "
            f"predicted {number(row[tables.PREDICTED_LIVING_CELLS])}"
        ),
        meaning=(
            f"living after {exact(hours)} h, of {exact(row[tables.INITIAL_CELLS])} at the start; "
            f"mean of {count(int(row[tables.REPLICATES]), 'simulation')}. Pulses of "
            f"{exact(row[tnf_tables.PULSE_DURATION_MIN])} min every "
            f"{exact(row[tnf_tables.PULSE_PERIOD_MIN])} min at concentration "
            f"{number(row[tnf_tables.TNF_CONCENTRATION])}; TNF given: "
            f"{number(100 * row[tables.TNF_GIVEN])} %."
        ),
    )


def _kept(row: dict[str, Any], initial: pd.DataFrame) -> Number:
    at_start = float(initial.loc[row[tables.TARGET], tables.INITIAL_CELLS])
    promised = at_start - row[tables.FIRST_PREDICTED]
    held = at_start - row[tables.FIRST_SIMULATED]
    return Number(
        label=f"Promise kept, {row[tables.EVALUATOR]}, {plain(row[tables.TARGET])}",
        value=f"{number(100 * held / promised)} %" if promised > 0 else "no promise",
        interval=f"verdict: {row[tables.VERDICT]}",
        meaning=(
            f"of the cells that its best treatment was predicted to remove: {number(promised)} "
            f"promised, {number(held)} removed in simulations."
        ),
    )


def _missing(results: Results) -> list[Missing]:
    if results.study is None:
        known = results.files(f"{_FOLDER}/*/*.verified.parquet")
        return [] if known else [Missing("Not computed: no treatment has been simulated again.")]
    tnf = results.study.tnf
    return [
        Missing(
            f"Not computed: the treatments for {plain(target)} that evaluator "
            f"`{evaluator}` finds have not been simulated again."
        )
        for target in plan_targets(tnf)
        for evaluator in evaluators_of(tnf.treatment)
        if not results.has(f"{_FOLDER}/{target}/{evaluator}.verified.parquet")
    ]
