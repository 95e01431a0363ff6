"""Names of the comparison's tables and figures, for rules that import nothing heavy."""

from typing import Final

TABLES: Final = (
    "best_therapies",
    "courses",
    "summary",
    "responses",
    "best_so_far_by_evaluation",
    "best_so_far_by_seconds",
    "pairs",
    "winners_by_evaluation",
    "winners_by_seconds",
)
FIGURES: Final = (
    "untreated_growth",
    "quality_and_drugs",
    "responses",
    "treated_growth",
    "therapies_of_one_patient",
    "best_so_far",
)
