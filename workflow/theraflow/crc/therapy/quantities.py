"""What the quantities that the template adds to a model are called, and which are constrained."""

from typing import Final

OBJECTIVE: Final = "objective"
INEFFICACY: Final = "inefficacy"
DRUG_QUANTITY: Final = "drug_quantity"
DRUG_PERCENT: Final = ("drug_percent_a", "drug_percent_c")
SAFETY: Final = ("safety_ate", "safety_cibi")
FIRST_DOSE: Final = "first_dose"
DIAMETER_MM: Final = "diameter_mm"
START_DIAMETER_MM: Final = "start_diameter_mm"

_LEAST_FIRST_DOSE_MG: Final = 1e-6
# Lower and upper bound, as COPASI reads them.
CONSTRAINTS: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(SAFETY, ("-inf", "0")),
    FIRST_DOSE: (repr(_LEAST_FIRST_DOSE_MG), "inf"),
}
