"""Names of the comparison's tables, for rules that import nothing heavy."""

from typing import Final

TABLES: Final = (
    "best_therapies",
    "weekly_doses",
    "courses",
    "summary",
    "responses",
    "best_so_far_by_evaluation",
    "best_so_far_by_seconds",
    "pairs",
    "winners_by_evaluation",
    "winners_by_seconds",
)
