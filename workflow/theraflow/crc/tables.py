"""Column names of the study's tables."""

from typing import Final

CANDIDATE: Final = "candidate"
INITIAL_DIAMETER_CM: Final = "initial_tumour_diameter"
OUTCOME: Final = "outcome"
OUTCOME_DETAIL: Final = "outcome_detail"
START_DAY: Final = "start_day"
START_DIAMETER_MM: Final = "start_diameter_mm"
RESPONDER: Final = "responder"
PATIENT: Final = "patient"

AMOUNT_PREFIX: Final = "amount_at_start."
ARMS: Final = ("untreated", "atezolizumab", "cibisatamab", "reference")
DRUGS_OF_ARM: Final = {
    "untreated": (False, False),
    "atezolizumab": (True, False),
    "cibisatamab": (False, True),
    "reference": (True, True),
}

TIME_DAYS: Final = "time_days"
DIAMETER_MM: Final = "diameter_mm"
RELATIVE_DIAMETER: Final = "relative_diameter"

ALGORITHM: Final = "algorithm"
SEED: Final = "seed"
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

ARM: Final = "arm"
WEEK: Final = "week"
DRUG_DOSE_MG: Final = ("atezolizumab_mg", "cibisatamab_mg")


def end_diameter(arm: str) -> str:
    """Column with the diameter of an arm at the horizon, mm."""
    return f"{arm}_end_diameter_mm"


def smallest_diameter(arm: str) -> str:
    """Column with the smallest weekly diameter of an arm after the first day, mm."""
    return f"{arm}_smallest_diameter_mm"
