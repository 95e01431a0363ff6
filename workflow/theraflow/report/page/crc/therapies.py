"""Which therapies were found for whom, against the reference therapy."""

from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.core.columns import field
from theraflow.crc import tables
from theraflow.crc.comparison import tables as comparison
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.figures.crc.conventions import title_of
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.words import interval, number, plain

FOLDER: Final = "crc/comparison"
_INEFFICACY: Final = "relative_inefficacy_percent"
_OBJECTIVE: Final = "relative_objective_percent"
_BEFORE: Final = "response_reference"
_AFTER: Final = "response_therapy"
_REFERENCE: Final = "reference"
_THERAPIES_SCHEMA: Final = pa.schema(
    [
        *(comparison.BEST_THERAPIES_SCHEMA.field(n) for n in (tables.SUBJECT, tables.ALGORITHM)),
        field(_INEFFICACY, pa.float64(), "%", "inefficacy, of that under the reference therapy"),
        field(_OBJECTIVE, pa.float64(), "%", "J, of that of the reference therapy"),
        *fronts.DRUG_FIELDS,
        comparison.BEST_THERAPIES_SCHEMA.field(tables.DIAMETER_MM),
        field(_BEFORE, pa.string(), "", "response class under the reference therapy"),
        field(_AFTER, pa.string(), "", "response class under the therapy"),
        field(
            tables.RELATIVE_GAP,
            pa.float64(),
            "",
            "J by COPASI at tight tolerances less J as the search found it, over the former",
        ),
    ]
)
_FIGURES: Final = ("treated_growth", "responses", "therapies_of_one_patient", "fronts")
_COLUMNS: Final = {
    tables.SUBJECT: "patient",
    tables.ALGORITHM: "found by",
    _INEFFICACY: "inefficacy",
    _OBJECTIVE: "J",
    tables.DRUG_QUANTITY_PERCENT: "drugs",
    tables.DRUG_PERCENT[0]: "atezolizumab",
    tables.DRUG_PERCENT[1]: "cibisatamab",
    tables.DIAMETER_MM: "diameter at the end",
    _BEFORE: "response, reference",
    _AFTER: "response, therapy",
    tables.RELATIVE_GAP: "verification gap",
}


def therapies(results: Results) -> Section:
    """Tell the best therapy of every patient, and how many beat the reference."""
    blocks: list[Block] = [
        Text(
            "Every number is relative to the reference therapy, the largest allowed doses. An "
            "inefficacy below 100 % means a smaller tumour at the end. Drugs are in percent of the "
            "safe maximum, which the reference gives. Each best therapy was simulated again by "
            "COPASI at tight tolerances; the verification gap is the difference."
        )
    ]
    best = best_therapies(results)
    summary = results.table("crc/fronts/front_summary.parquet")
    if best is not None:
        blocks.append(Numbers(tuple(_numbers(best, summary))))
    blocks += _missing(results)
    if best is not None:
        blocks.append(
            data_table(
                "crc-therapies",
                "The best therapy of every patient",
                f"The lowest J of all searches. All searches: `{FOLDER}/best_therapies.csv`.",
                best.assign(
                    **{
                        tables.SUBJECT: best[tables.SUBJECT].map(plain),
                        tables.ALGORITHM: best[tables.ALGORITHM].map(title_of),
                    }
                ),
                _THERAPIES_SCHEMA,
                _COLUMNS,
            )
        )
    blocks += [picture(results, "crc", CRC_FIGURES[name]) for name in _FIGURES]
    return Section("crc-therapies-found", "Therapies", tuple(blocks))


def headline(results: Results) -> list[Number]:
    """Tell the therapies in brief."""
    best = best_therapies(results)
    summary = results.table("crc/fronts/front_summary.parquet")
    return [] if best is None else _numbers(best, summary)[:-1]


def best_therapies(results: Results) -> pd.DataFrame | None:
    """Choose the therapy of the lowest verified J for every patient, with its response class."""
    found = results.table(f"{FOLDER}/best_therapies.parquet")
    searches = results.table(f"{FOLDER}/searches.parquet")
    if found is None or searches is None:
        return None
    key = [tables.SUBJECT, tables.ALGORITHM, tables.SEED]
    verified = searches[[*key, tables.VERIFIED_OBJECTIVE, tables.RELATIVE_GAP]]
    joined = found.merge(verified, on=key).sort_values(tables.VERIFIED_OBJECTIVE)
    best = joined.drop_duplicates(tables.SUBJECT).copy()
    best = best[best[tables.SUBJECT].str.startswith("patient_")]
    best[_INEFFICACY] = 100 * best[tables.RELATIVE_INEFFICACY]
    best[_OBJECTIVE] = 100 * best[tables.RELATIVE_OBJECTIVE]
    best = _with_responses(best, results.table(f"{FOLDER}/patient_responses.parquet"))
    order = best[tables.SUBJECT].str.removeprefix("patient_").astype(int)
    return best.iloc[order.argsort()].reset_index(drop=True)


def _with_responses(best: pd.DataFrame, responses: pd.DataFrame | None) -> pd.DataFrame:
    if responses is None:
        return best
    shown = responses[responses[comparison.IS_SHOWN]]
    response = shown.set_index([tables.SUBJECT, comparison.ARM])[comparison.RESPONSE]
    response = response[~response.index.duplicated()]
    arms = zip(best[tables.SUBJECT], best[tables.ALGORITHM], strict=True)
    best[_BEFORE] = [response.get((who, _REFERENCE)) for who in best[tables.SUBJECT]]
    best[_AFTER] = [response.get(arm) for arm in arms]
    return best


def _numbers(best: pd.DataFrame, summary: pd.DataFrame | None) -> list[Number]:
    many = len(best)
    better = int((best[_OBJECTIVE] < 100).sum())
    inefficacy, drugs = best[_INEFFICACY], best[tables.DRUG_QUANTITY_PERCENT]
    numbers = [
        Number(
            "Patients with a lower J",
            f"{better} of {many}",
            "have a therapy that the objective J prefers to the reference.",
        ),
        Number(
            "Inefficacy, median",
            f"{number(inefficacy.median())} %",
            "of the reference's, under each patient's best therapy; below 100 % the tumour is "
            "smaller.",
            _range(inefficacy),
        ),
        Number(
            "Drugs, median",
            f"{number(drugs.median())} %",
            "of the safe maximum, mean of both drugs; the reference gives 100 %.",
            _range(drugs),
        ),
    ]
    if summary is not None:
        (everyone,) = records(summary[summary[tables.SUBJECT] == fronts.ALL])
        numbers.append(
            Number(
                "Beat the reference in both",
                f"{number(100 * everyone[fronts.DOMINATES_REFERENCE])} %",
                "of the patients have a verified therapy that is no worse than the reference in "
                "inefficacy and drugs, and better in one.",
                f"{int(everyone[fronts.PATIENTS])} patients",
            )
        )
    gap = best[tables.RELATIVE_GAP].abs().max()
    numbers.append(
        Number(
            "Largest verification gap",
            f"{number(100 * gap)} %",
            "of J between search and verification, over the therapies of the table.",
        )
    )
    return numbers


def _range(values: "pd.Series[Any]") -> str:
    return f"patients from {interval(values.min(), values.max(), '%')}"


def _missing(results: Results) -> list[Missing]:
    missing = []
    if not results.has(f"{FOLDER}/best_therapies.parquet"):
        ended = len(results.files("crc/searches/*/*.ledger.parquet"))
        missing.append(
            Missing(f"Not computed: the searches have not been compared; {ended} have a ledger.")
        )
    if not results.has("crc/fronts/front_summary.parquet"):
        missing.append(Missing("Not computed: the fronts of the patients have not been merged."))
    return missing
