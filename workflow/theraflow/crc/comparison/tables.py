"""Column names and schemas of the tables of the comparison, with units."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.crc.tables import (
    ALGORITHM_FIELD,
    COUNTS,
    CPU_S,
    DIAMETER_MM,
    DRUG_PERCENT,
    DRUG_QUANTITY_PERCENT,
    ENDED_BY,
    EVALUATION,
    EVALUATOR,
    FIDELITY,
    METHOD,
    OBJECTIVE,
    RELATIVE_GAP,
    RELATIVE_INEFFICACY,
    RELATIVE_OBJECTIVE,
    SEARCH_FIELDS,
    SEED,
    SUBJECT_FIELD,
    TERM_FIELDS,
    THERAPY_FIELD,
    VERIFIED_OBJECTIVE,
    WALL_S,
)
from theraflow.search import tables as search_tables

_RELATIVE_FIELDS: Final = (
    field(RELATIVE_INEFFICACY, pa.float64(), "", "inefficacy over that of the reference"),
    field(RELATIVE_OBJECTIVE, pa.float64(), "", "J over that of the reference"),
)
BEST_THERAPIES_SCHEMA: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(EVALUATION, pa.int64(), "", "evaluation that found it"),
        field(OBJECTIVE, pa.float64(), "", "J of the therapy"),
        *TERM_FIELDS,
        THERAPY_FIELD,
        *_RELATIVE_FIELDS,
    ]
)
SEARCHES_SCHEMA: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(METHOD, pa.string(), "", "method of the algorithm"),
        field(EVALUATOR, pa.string(), "", "native, compiled or copasi"),
        field(FIDELITY, pa.string(), "", "how closely its therapies are simulated"),
        *(
            field(name, pa.int64(), "", meaning)
            for name, meaning in zip(
                COUNTS,
                (
                    "therapies simulated",
                    "of these, therapies that honour the constraints",
                    "of these, therapies whose simulation failed",
                ),
                strict=True,
            )
        ),
        field(WALL_S, pa.float64(), "s", "wall time spent"),
        field(CPU_S, pa.float64(), "s", "CPU time spent"),
        field(ENDED_BY, pa.string(), "", "budget or method"),
        *(
            field(name, pa.float64(), "", f"{meaning}; empty for a front", nullable=True)
            for name, meaning in (
                (OBJECTIVE, "J of the best therapy"),
                (VERIFIED_OBJECTIVE, "its J by COPASI at tight tolerances"),
                (RELATIVE_GAP, "verified J less the one found, over the verified"),
            )
        ),
    ]
)
BEST_KNOWN_OBJECTIVE: Final = "best_known_objective"
BEST_KNOWN_BY: Final = "best_known_by"
REGRET_PERCENT: Final = "regret_percent"
GRADIENT_OBJECTIVE: Final = "gradient_objective"
REGRET_TO_GRADIENT_PERCENT: Final = "regret_to_gradient_percent"
_NO_GRADIENT: Final = "empty without a search of method multistart-gradient"
REGRET_SCHEMA: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(COUNTS[0], pa.int64(), "", "therapies simulated"),
        field(VERIFIED_OBJECTIVE, pa.float64(), "", "J of the best therapy, verified"),
        field(BEST_KNOWN_OBJECTIVE, pa.float64(), "", "lowest verified J of all searches"),
        field(BEST_KNOWN_BY, pa.string(), "", "algorithm that found it"),
        field(REGRET_PERCENT, pa.float64(), "%", "J less the best known, of the reference's J"),
        field(
            GRADIENT_OBJECTIVE,
            pa.float64(),
            "",
            f"lowest verified J of the gradient reference; {_NO_GRADIENT}",
            nullable=True,
        ),
        field(
            REGRET_TO_GRADIENT_PERCENT,
            pa.float64(),
            "%",
            "J less that of the gradient reference, of the reference therapy's J; negative where "
            f"the search did better; {_NO_GRADIENT}",
            nullable=True,
        ),
    ]
)

ARM: Final = "arm"
WEEK: Final = "week"
DRUG_DOSE_MG: Final = ("atezolizumab_mg", "cibisatamab_mg")
TIME_DAYS: Final = "time_days"
RELATIVE_DIAMETER: Final = "relative_diameter"
_ARM_FIELDS: Final = (
    field(ARM, pa.string(), "", "untreated, reference, or the algorithm that found the therapy"),
    field(
        SEED,
        pa.int64(),
        "",
        "seed with the lowest J; empty for untreated and reference",
        nullable=True,
    ),
)
WEEKLY_DOSES_SCHEMA: Final = pa.schema(
    [
        SUBJECT_FIELD,
        *_ARM_FIELDS,
        field(WEEK, pa.int32(), "weeks", "week of the therapy, from 1"),
        field(DRUG_DOSE_MG[0], pa.float64(), "mg", "dose of atezolizumab"),
        field(DRUG_DOSE_MG[1], pa.float64(), "mg", "dose of cibisatamab"),
    ]
)
_COURSE_FIELDS: Final = (
    *_ARM_FIELDS,
    field(TIME_DAYS, pa.float64(), "days", "time since t0"),
    field(DIAMETER_MM, pa.float64(), "mm", "diameter of the tumour"),
    field(RELATIVE_DIAMETER, pa.float64(), "", "diameter over that at t0"),
)
COURSE_SCHEMA: Final = pa.schema(_COURSE_FIELDS)
COURSES_SCHEMA: Final = pa.schema([SUBJECT_FIELD, *_COURSE_FIELDS])

READING: Final = "reading"
IS_SHOWN: Final = "is_shown"
RESPONSE: Final = "response"
PATIENTS: Final = "patients"
_READING_FIELDS: Final = (
    field(READING, pa.string(), "", "reading of RECIST: final_diameter or recist_1_1"),
    field(IS_SHOWN, pa.bool_(), "", "whether figures show this reading"),
)
PATIENT_RESPONSES_SCHEMA: Final = pa.schema(
    [
        SUBJECT_FIELD,
        *_ARM_FIELDS,
        *_READING_FIELDS,
        field(RESPONSE, pa.string(), "", "CR, PR, SD or PD at the horizon"),
    ]
)
RESPONSES_SCHEMA: Final = pa.schema(
    [
        *_READING_FIELDS,
        _ARM_FIELDS[0],
        field(PATIENTS, pa.int64(), "", "patients, each with the best therapy of its seeds"),
        *(
            field(name, pa.int64(), "", f"patients with {meaning}")
            for name, meaning in (
                ("CR", "a complete response"),
                ("PR", "a partial response"),
                ("SD", "stable disease"),
                ("PD", "progressive disease"),
            )
        ),
    ]
)

GROUP: Final = "group"
_GROUP_FIELD: Final = field(
    GROUP, pa.string(), "", "algorithms compared: all, or those of this budget and patients"
)
_BUDGET_FIELDS: Final = (
    _GROUP_FIELD,
    field(search_tables.AXIS, pa.string(), "", "what the budget counts: evaluation or wall_s"),
    field(search_tables.BUDGET, pa.float64(), "of the axis", "largest common budget"),
)
COMPARED_THERAPIES_SCHEMA: Final = pa.schema(
    [
        *_BUDGET_FIELDS,
        *SEARCH_FIELDS,
        field(DRUG_QUANTITY_PERCENT, pa.float64(), "%", "mean of both drugs; the reference's: 100"),
        *_RELATIVE_FIELDS,
    ]
)
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
        *_BUDGET_FIELDS,
        field(PATIENTS, pa.int64(), "", "patients that all of the group have searched"),
        ALGORITHM_FIELD,
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


def _of_groups(schema: pa.Schema) -> pa.Schema:
    """Make of a table of ``theraflow.search`` one of all groups, by the names of this study."""
    own = {search_tables.PROBLEM: SUBJECT_FIELD, search_tables.METHOD: ALGORITHM_FIELD}
    return pa.schema([_GROUP_FIELD, *(own.get(each.name, each) for each in schema)])


COMPARISON_TABLES: Final[Mapping[str, pa.Schema]] = {
    "searches": SEARCHES_SCHEMA,
    "best_therapies": BEST_THERAPIES_SCHEMA,
    "regret": REGRET_SCHEMA,
    "weekly_doses": WEEKLY_DOSES_SCHEMA,
    "courses": COURSES_SCHEMA,
    "patient_responses": PATIENT_RESPONSES_SCHEMA,
    "responses": RESPONSES_SCHEMA,
    "compared_therapies": COMPARED_THERAPIES_SCHEMA,
    "summary": SUMMARY_SCHEMA,
    "best_so_far": _of_groups(search_tables.BEST_SO_FAR),
    "run_time_distribution": _of_groups(search_tables.RUN_TIME_DISTRIBUTION),
    "expected_run_times": _of_groups(search_tables.EXPECTED_RUN_TIMES),
    "pairs": _of_groups(search_tables.PAIRS),
    "winners": _of_groups(search_tables.WINNERS),
}
"""The tables of the comparison by their names; each is written as Parquet and as CSV."""

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    f"crc/comparison/{name}.parquet": schema for name, schema in COMPARISON_TABLES.items()
}
"""These tables by their paths below ``results``."""
