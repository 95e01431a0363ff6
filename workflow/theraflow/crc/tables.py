"""Column names and schemas of the tables of patients and searches, with units.

Those of the comparison are in ``crc.comparison.tables``.

A field whose name holds braces stands for a column per parameter, species or month: which there are
depends on the model and the config (see ``core.columns.expanded``).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.work.ledger.schema import LEDGER_SCHEMA

if TYPE_CHECKING:
    from theraflow.search.problem import Variable

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

SUBJECT: Final = "subject"
ALGORITHM: Final = "algorithm"
SEED: Final = "seed"
METHOD: Final = "method"
EVALUATOR: Final = "evaluator"
FIDELITY: Final = "fidelity"
EVALUATION: Final = "evaluation"
COUNTS: Final = ("evaluations", "feasible_evaluations", "failed_evaluations")
WALL_S: Final = "wall_s"
CPU_S: Final = "cpu_s"
ENDED_BY: Final = "ended_by"
OBJECTIVE: Final = "objective"
VERIFIED_OBJECTIVE: Final = "verified_objective"
RELATIVE_GAP: Final = "relative_gap"
VERIFIER_FIDELITY: Final = "verifier_fidelity"
INEFFICACY: Final = "inefficacy"
DRUG_QUANTITY_PERCENT: Final = "drug_quantity_percent"
DRUG_PERCENT: Final = ("atezolizumab_percent", "cibisatamab_percent")
DIAMETER_MM: Final = "diameter_mm"
RELATIVE_INEFFICACY: Final = "relative_inefficacy"
RELATIVE_OBJECTIVE: Final = "relative_objective"
PARAMETER_PREFIX: Final = "parameter."


def parameter_columns(variables: "Iterable[Variable]") -> list[str]:
    """Name the columns of a therapy's numbers, in the order of a candidate."""
    return [PARAMETER_PREFIX + variable.name for variable in variables]


SUBJECT_FIELD: Final = field(
    SUBJECT, pa.string(), "", "who is treated: patient_1, or population_mean"
)
ALGORITHM_FIELD: Final = field(ALGORITHM, pa.string(), "", "name of the algorithm in the config")
SEARCH_FIELDS: Final = (
    SUBJECT_FIELD,
    ALGORITHM_FIELD,
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
TERM_FIELDS: Final = (
    field(INEFFICACY, pa.float64(), "by crc.therapy.size", "inefficacy, % of the reference's"),
    *_DRUG_FIELDS,
    field(DIAMETER_MM, pa.float64(), "mm", "diameter at the end; of a population its mean"),
)
THERAPY_FIELD: Final = field(
    PARAMETER_PREFIX + "{parameter}",
    pa.float64(),
    "mg, weeks or level",
    "number of the therapy, as crc.therapy.template names it",
)
# Rows of a history that matter: those better than all before or, of two objectives, the front.
IMPROVEMENTS_SCHEMA: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(EVALUATION, pa.int64(), "", "therapies simulated so far, from 1: the reference"),
        field("restart", pa.int32(), "", "how often the method had started anew"),
        field(WALL_S, pa.float64(), "s", "wall time so far"),
        field(CPU_S, pa.float64(), "s", "CPU time so far"),
        field(OBJECTIVE, pa.float64(), "", "J of the therapy; empty in a front", nullable=True),
        *TERM_FIELDS,
        *(
            field(
                f"{drug}_excess_mg", pa.float64(), "mg", "largest dose in a window, less its limit"
            )
            for drug in ("atezolizumab", "cibisatamab")
        ),
        THERAPY_FIELD,
    ]
)

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "crc/patients/batches/{batch}.candidates.parquet": CANDIDATES_SCHEMA,
    "crc/patients/batches/{batch}.parquet": GROWN_SCHEMA,
    "crc/patients/batches/{batch}.ledger.parquet": LEDGER_SCHEMA,
    "crc/patients/patients.parquet": GROWN_SCHEMA,
    "crc/patients/selected.parquet": SELECTED_SCHEMA,
    "crc/patients/outcomes.csv": OUTCOMES_SCHEMA,
    "crc/searches/{subject}/{algorithm}-{seed}.parquet": IMPROVEMENTS_SCHEMA,
    "crc/searches/{subject}/{algorithm}-{seed}.front.parquet": IMPROVEMENTS_SCHEMA,
    "crc/searches/{subject}/{algorithm}-{seed}.ledger.parquet": LEDGER_SCHEMA,
    "crc/patients/responder_classes.csv": RESPONDER_CLASSES_SCHEMA,
    "crc/patients/rejected.csv": REJECTED_SCHEMA,
    "crc/patients/confirmations.parquet": GROWN_SCHEMA,
    "crc/patients/confirmations.ledger.parquet": LEDGER_SCHEMA,
}
"""Tables of patients and searches, by their paths below ``results``."""
