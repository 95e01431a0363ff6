"""Column names and schemas of the tables of the CRC study, with units.

A field whose name holds braces stands for a column per parameter, species or month: which there are
depends on the model and the config (see ``core.columns.expanded``).
"""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.work.ledger.schema import LEDGER_SCHEMA

CANDIDATE: Final = "candidate"
INITIAL_DIAMETER_CM: Final = "initial_tumour_diameter"
OUTCOME: Final = "outcome"
OUTCOME_DETAIL: Final = "outcome_detail"
START_DAY: Final = "start_day"
START_DIAMETER_MM: Final = "start_diameter_mm"
RESPONDER: Final = "responder"
REJECTED: Final = "rejected"
PATIENT: Final = "patient"
AMOUNT_PREFIX: Final = "amount_at_start."

UNTREATED: Final = "untreated"
REFERENCE: Final = "reference"
ARMS: Final = (UNTREATED, "atezolizumab", "cibisatamab", REFERENCE)
DRUGS_OF_ARM: Final = {
    UNTREATED: (False, False),
    "atezolizumab": (True, False),
    "cibisatamab": (False, True),
    REFERENCE: (True, True),
}


def end_diameter(arm: str) -> str:
    """Column with the diameter of an arm at the horizon, mm."""
    return f"{arm}_end_diameter_mm"


def smallest_diameter(arm: str) -> str:
    """Column with the smallest sampled diameter of an arm after the first day, mm."""
    return f"{arm}_smallest_diameter_mm"


GROWTH_RESULTS: Final = (
    START_DAY,
    START_DIAMETER_MM,
    *(name(arm) for arm in ARMS for name in (end_diameter, smallest_diameter)),
)
"""Columns that tell of an admissible patient besides the amounts; NaN for every other one."""

_CANDIDATE_FIELDS: Final = (
    field(CANDIDATE, pa.string(), "", "seed of the sample and number within it"),
    field(
        "{parameter}",
        pa.float64(),
        "as in the table of patient parameters",
        "parameter of the patient, initial_tumour_diameter (cm) among them",
    ),
)
_GROWN_FIELDS: Final = (
    *_CANDIDATE_FIELDS,
    field(OUTCOME, pa.string(), "", "outcome of the candidate"),
    field(OUTCOME_DETAIL, pa.string(), "", "why it is not admissible; empty when it is"),
    field(START_DAY, pa.float64(), "days", "therapy start t0, since the first cell", nullable=True),
    field(START_DIAMETER_MM, pa.float64(), "mm", "diameter at t0", nullable=True),
    *(
        field(name(arm), pa.float64(), "mm", f"{which} diameter in the arm {arm}", nullable=True)
        for arm in ARMS
        for name, which in (
            (end_diameter, "at the horizon,"),
            (smallest_diameter, "smallest sampled"),
        )
    ),
    field(
        AMOUNT_PREFIX + "{species}",
        pa.float64(),
        "as in the notes of the species",
        "amount of a species at t0, where COPASI grew the candidate",
        nullable=True,
    ),
)
CANDIDATES_SCHEMA: Final = pa.schema(_CANDIDATE_FIELDS)
GROWN_SCHEMA: Final = pa.schema(_GROWN_FIELDS)
_PATIENT_FIELD: Final = field(PATIENT, pa.int32(), "", "number of the selected patient, from 1")
SELECTED_SCHEMA: Final = pa.schema([_PATIENT_FIELD, *_GROWN_FIELDS])

CLASS: Final = "class"
CANDIDATES: Final = "candidates"
PERCENT: Final = "percent"
OUTCOMES_SCHEMA: Final = pa.schema(
    [
        field(
            CLASS,
            pa.string(),
            "",
            "outcome; responder: an admissible one that responds; or rejected: a responder whom "
            "COPASI's growth does not confirm",
        ),
        field(CANDIDATES, pa.int64(), "", "candidates of the class"),
        field(PERCENT, pa.float64(), "%", "share of all candidates"),
    ]
)

DEFINITION: Final = "definition"
REDUCTION_PERCENT: Final = "reduction_percent"
PATIENTS: Final = "patients"
BETTER_ON_ONE_DRUG: Final = {"better_on_one_drug": 1.0, "much_better_on_one_drug": 10.0}
"""Columns that count patients whose better single drug leaves a smaller tumour, by percent."""
PROGRESS_UNDER_BOTH_ONLY: Final = "progress_under_both_only"
_RESPONSE_FIELDS: Final = {
    "CR": "a complete response",
    "PR": "a partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
}
RESPONDER_CLASSES_SCHEMA: Final = pa.schema(
    [
        field(DEFINITION, pa.string(), "", "definition of a responder; admissible: no definition"),
        field(REDUCTION_PERCENT, pa.float64(), "%", "reduction that it asks for", nullable=True),
        field(PATIENTS, pa.int64(), "", "admissible candidates that it keeps"),
        field(PERCENT, pa.float64(), "%", "share of all admissible candidates"),
        *(
            field(
                name,
                pa.int64(),
                "",
                f"of these, those whose diameter at the horizon under the better single drug is "
                f"at least {percent:g} % below that under the reference therapy",
            )
            for name, percent in BETTER_ON_ONE_DRUG.items()
        ),
        field(
            PROGRESS_UNDER_BOTH_ONLY,
            pa.int64(),
            "",
            "of these, those with progressive disease under the reference therapy, and not under "
            "some single drug",
        ),
        *(
            field(name, pa.int64(), "", f"of these, those with {meaning} under the reference")
            for name, meaning in _RESPONSE_FIELDS.items()
        ),
    ]
)

QUANTITY: Final = "quantity"
RELATIVE_DIFFERENCE: Final = "relative_difference"
REASON: Final = "reason"
REJECTED_SCHEMA: Final = pa.schema(
    [
        _CANDIDATE_FIELDS[0],
        field(QUANTITY, pa.string(), "", "the first quantity that differs; empty when none does"),
        field(
            RELATIVE_DIFFERENCE,
            pa.float64(),
            "",
            "COPASI's value over the compiled one, less 1, without its sign",
            nullable=True,
        ),
        field(REASON, pa.string(), "", "why the responder is rejected"),
    ]
)

ALGORITHM: Final = "algorithm"
SEED: Final = "seed"
ENDED_BY: Final = "ended_by"
EVALUATION: Final = "evaluation"
SECONDS: Final = "seconds"
CPU_SECONDS: Final = "cpu_seconds"
OBJECTIVE: Final = "objective"
INEFFICACY_MM: Final = "inefficacy_mm"
DRUG_QUANTITY_PERCENT: Final = "drug_quantity_percent"
DRUG_PERCENT: Final = ("atezolizumab_percent", "cibisatamab_percent")
SAFETY_EXCESS_MG: Final = ("atezolizumab_excess_mg", "cibisatamab_excess_mg")
RELATIVE_INEFFICACY: Final = "relative_inefficacy"
RELATIVE_OBJECTIVE: Final = "relative_objective"
_ALGORITHM_FIELD: Final = field(ALGORITHM, pa.string(), "", "name of the algorithm in the config")
_SEARCH_FIELDS: Final = (
    _PATIENT_FIELD,
    _ALGORITHM_FIELD,
    field(SEED, pa.int64(), "", "seed of the search"),
)
_DRUG_FIELDS: Final = (
    field(
        DRUG_QUANTITY_PERCENT, pa.float64(), "%", "mean of both drugs' shares of the safe maximum"
    ),
    *(
        field(name, pa.float64(), "%", f"total dose of {drug}, of its safe maximum")
        for name, drug in zip(DRUG_PERCENT, ("atezolizumab", "cibisatamab"), strict=True)
    ),
)
_VALUE_FIELDS: Final = (
    field(OBJECTIVE, pa.float64(), "", "J of the therapy"),
    field(INEFFICACY_MM, pa.float64(), "mm", "diameter at the horizon squared over that at t0"),
    *_DRUG_FIELDS,
)
_THERAPY_FIELDS: Final = (
    *(
        field(f"d_{symbol}_{{month}}", pa.float64(), "mg", f"dose of {drug} in a month, from 1")
        for symbol, drug in (("a", "atezolizumab"), ("c", "cibisatamab"))
    ),
    *(
        field(f"f_{symbol}", pa.float64(), "weeks", f"period of {drug}; its floor counts")
        for symbol, drug in (("a", "atezolizumab"), ("c", "cibisatamab"))
    ),
)
IMPROVEMENTS_SCHEMA: Final = pa.schema(
    [
        *_SEARCH_FIELDS,
        field(EVALUATION, pa.int64(), "", "therapies simulated so far, from 1: the reference"),
        field(SECONDS, pa.float64(), "s", "wall time so far"),
        field(CPU_SECONDS, pa.float64(), "s", "CPU time so far"),
        *_VALUE_FIELDS,
        *(
            field(name, pa.float64(), "mg", "largest dose in a safety window, less its limit")
            for name in SAFETY_EXCESS_MG
        ),
        *_THERAPY_FIELDS,
    ]
)
_RELATIVE_FIELDS: Final = (
    field(RELATIVE_INEFFICACY, pa.float64(), "", "inefficacy over that of the reference"),
    field(RELATIVE_OBJECTIVE, pa.float64(), "", "J over that of the reference"),
)
BEST_THERAPIES_SCHEMA: Final = pa.schema(
    [*_SEARCH_FIELDS, *_VALUE_FIELDS, *_THERAPY_FIELDS, *_RELATIVE_FIELDS]
)

ARM: Final = "arm"
WEEK: Final = "week"
DRUG_DOSE_MG: Final = ("atezolizumab_mg", "cibisatamab_mg")
TIME_DAYS: Final = "time_days"
DIAMETER_MM: Final = "diameter_mm"
RELATIVE_DIAMETER: Final = "relative_diameter"
_ARM_FIELD: Final = field(ARM, pa.string(), "", "untreated, reference, or who found the therapy")
_SEED_OF_ARM_FIELD: Final = field(
    SEED, pa.int64(), "", "seed of the search; empty for untreated and reference", nullable=True
)
WEEKLY_DOSES_SCHEMA: Final = pa.schema(
    [
        _PATIENT_FIELD,
        _ARM_FIELD,
        _SEED_OF_ARM_FIELD,
        field(WEEK, pa.int32(), "weeks", "week of the therapy, from 1"),
        field(DRUG_DOSE_MG[0], pa.float64(), "mg", "dose of atezolizumab"),
        field(DRUG_DOSE_MG[1], pa.float64(), "mg", "dose of cibisatamab"),
    ]
)
_COURSE_FIELDS: Final = (
    _ARM_FIELD,
    _SEED_OF_ARM_FIELD,
    field(TIME_DAYS, pa.float64(), "days", "time since t0"),
    field(DIAMETER_MM, pa.float64(), "mm", "diameter of the tumour"),
    field(RELATIVE_DIAMETER, pa.float64(), "", "diameter over that at t0"),
)
COURSE_SCHEMA: Final = pa.schema(_COURSE_FIELDS)
COURSES_SCHEMA: Final = pa.schema([_PATIENT_FIELD, *_COURSE_FIELDS])

SUMMARISED: Final = (
    RELATIVE_INEFFICACY,
    DRUG_QUANTITY_PERCENT,
    *DRUG_PERCENT,
    RELATIVE_OBJECTIVE,
    OBJECTIVE,
)
DEVIATION: Final = "_sd"
_SUMMARY_UNITS: Final = dict.fromkeys((DRUG_QUANTITY_PERCENT, *DRUG_PERCENT), "%")
SUMMARY_SCHEMA: Final = pa.schema(
    [
        _ALGORITHM_FIELD,
        *(
            field(name, pa.float64(), _SUMMARY_UNITS.get(name, ""), "mean over patients and seeds")
            for name in SUMMARISED
        ),
        *(
            field(
                name + DEVIATION,
                pa.float64(),
                _SUMMARY_UNITS.get(name, ""),
                "standard deviation; empty for a single search",
                nullable=True,
            )
            for name in SUMMARISED
        ),
    ]
)

READING: Final = "reading"
IS_SHOWN: Final = "is_shown"
RESPONSES_SCHEMA: Final = pa.schema(
    [
        field(READING, pa.string(), "", "reading of RECIST: final_diameter or recist_1_1"),
        field(IS_SHOWN, pa.bool_(), "", "whether the figure shows this reading"),
        _ARM_FIELD,
        field(PATIENTS, pa.int64(), "", "patients, each with the best therapy of its seeds"),
        *(
            field(name, pa.int64(), "", f"patients with {meaning}")
            for name, meaning in _RESPONSE_FIELDS.items()
        ),
    ]
)

MEAN: Final = "mean"
LOWER_QUARTILE: Final = "lower_quartile"
UPPER_QUARTILE: Final = "upper_quartile"
BUDGET_SHARE: Final = "budget_share"
PATIENTS_WON: Final = "patients_won"
WINNER: Final = "winner"
_AXIS_FIELDS: Final = {
    EVALUATION: field(EVALUATION, pa.float64(), "", "therapies simulated so far"),
    SECONDS: field(SECONDS, pa.float64(), "s", "wall time so far"),
}


def _best_so_far_schema(axis: str) -> pa.Schema:
    return pa.schema(
        [
            _ALGORITHM_FIELD,
            _AXIS_FIELDS[axis],
            *(
                field(name, pa.float64(), "", f"{name} of the best J so far over the reference's")
                for name in (MEAN, LOWER_QUARTILE, UPPER_QUARTILE)
            ),
        ]
    )


def _winners_schema(axis: str) -> pa.Schema:
    return pa.schema(
        [
            field(BUDGET_SHARE, pa.float64(), "", "share of the budget"),
            _AXIS_FIELDS[axis],
            _ALGORITHM_FIELD,
            field(PATIENTS_WON, pa.int64(), "", "patients with no better therapy; ties count"),
            field(RELATIVE_OBJECTIVE, pa.float64(), "", "mean best J so far over the reference's"),
            field(WINNER, pa.bool_(), "", "whether no algorithm has a lower mean"),
        ]
    )


FIRST: Final = "first"
SECOND: Final = "second"
FIRST_BETTER: Final = "first_better"
SECOND_BETTER: Final = "second_better"
MEDIAN_GAIN: Final = "median_gain"
EFFECT_SIZE: Final = "effect_size"
P_VALUE: Final = "p_value"
P_VALUE_HOLM: Final = "p_value_holm"
PAIRS_SCHEMA: Final = pa.schema(
    [
        field(FIRST, pa.string(), "", "first algorithm"),
        field(SECOND, pa.string(), "", "second algorithm"),
        field(PATIENTS, pa.int64(), "", "patients that both have searched"),
        field(FIRST_BETTER, pa.int64(), "", "patients for whom the first has the lower J"),
        field(SECOND_BETTER, pa.int64(), "", "patients for whom the second has the lower J"),
        field(MEDIAN_GAIN, pa.float64(), "", "median of J of the second less that of the first"),
        field(EFFECT_SIZE, pa.float64(), "", "rank-biserial correlation; 1: first always better"),
        field(P_VALUE, pa.float64(), "", "Wilcoxon's signed-rank test, two-sided"),
        field(P_VALUE_HOLM, pa.float64(), "", "p-value corrected over all pairs (Holm)"),
    ]
)

COMPARISON_TABLES: Final[Mapping[str, pa.Schema]] = {
    "best_therapies": BEST_THERAPIES_SCHEMA,
    "weekly_doses": WEEKLY_DOSES_SCHEMA,
    "courses": COURSES_SCHEMA,
    "summary": SUMMARY_SCHEMA,
    "responses": RESPONSES_SCHEMA,
    "best_so_far_by_evaluation": _best_so_far_schema(EVALUATION),
    "best_so_far_by_seconds": _best_so_far_schema(SECONDS),
    "pairs": PAIRS_SCHEMA,
    "winners_by_evaluation": _winners_schema(EVALUATION),
    "winners_by_seconds": _winners_schema(SECONDS),
}
"""The tables of the comparison by their names; each is written as Parquet and as CSV."""

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "crc/patients/batches/{batch}.candidates.parquet": CANDIDATES_SCHEMA,
    "crc/patients/batches/{batch}.parquet": GROWN_SCHEMA,
    "crc/patients/batches/{batch}.ledger.parquet": LEDGER_SCHEMA,
    "crc/patients/patients.parquet": GROWN_SCHEMA,
    "crc/patients/selected.parquet": SELECTED_SCHEMA,
    "crc/patients/outcomes.csv": OUTCOMES_SCHEMA,
    "crc/patients/responder_classes.csv": RESPONDER_CLASSES_SCHEMA,
    "crc/patients/rejected.csv": REJECTED_SCHEMA,
    "crc/patients/confirmations.parquet": GROWN_SCHEMA,
    "crc/patients/confirmations.ledger.parquet": LEDGER_SCHEMA,
    "crc/searches/patient_{patient}/{algorithm}-{seed}.parquet": IMPROVEMENTS_SCHEMA,
    "crc/searches/patient_{patient}/{algorithm}-{seed}.ledger.parquet": LEDGER_SCHEMA,
    **{f"crc/comparison/{name}.parquet": each for name, each in COMPARISON_TABLES.items()},
}
"""Every table that the study writes, by its path below ``results``."""
