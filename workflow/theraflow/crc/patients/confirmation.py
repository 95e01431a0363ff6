"""What COPASI makes of a patient, held against what the compiled model said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

import pandas as pd

from theraflow.crc import tables
from theraflow.crc.patients.conditions import GrowthConditions

# Of 560 candidates the day differed by 1e-5 at most, as COPASI's is read from a spline.
_START_DAY: Final = 1e-4
_START_DIAMETER: Final = 1e-5
# Of arms, which COPASI simulates at the tolerances of a search, diameters differed by five times
# its relative tolerance at most.
_ARMS_PER_TOLERANCE: Final = 20.0


@dataclass(frozen=True)
class Tolerance:
    """Relative differences that are tolerated: day and diameter of therapy start, arms."""

    start_day: float = _START_DAY
    start_diameter: float = _START_DIAMETER
    end_diameter: float = 2e-3

    @classmethod
    def of(cls, conditions: GrowthConditions) -> Self:
        """Return those that fit COPASI's tolerances."""
        return cls(end_diameter=_ARMS_PER_TOLERANCE * conditions.arms_solver.relative_tolerance)


@dataclass(frozen=True)
class Confirmation:
    """How candidates are confirmed: ``grow_again`` returns their rows by COPASI, in their order."""

    grow_again: Callable[[pd.DataFrame], pd.DataFrame]
    tolerance: Tolerance


@dataclass(frozen=True)
class Rejection:
    """Why a responder is rejected: the quantity that differs, by how much of itself, in words."""

    candidate: str
    quantity: str
    relative_difference: float | None
    reason: str


def reject(
    compiled: "pd.Series[Any]", copasi: "pd.Series[Any]", tolerance: Tolerance
) -> Rejection | None:
    """Compare two rows of an admissible candidate; None where they agree."""
    candidate = str(compiled[tables.CANDIDATE])
    if copasi[tables.OUTCOME] != compiled[tables.OUTCOME]:
        detail = copasi[tables.OUTCOME_DETAIL]
        reason = f"{copasi[tables.OUTCOME]} when COPASI grows it: {detail}"
        return Rejection(candidate, tables.OUTCOME, None, reason)
    tolerances = {
        tables.START_DAY: tolerance.start_day,
        tables.START_DIAMETER_MM: tolerance.start_diameter,
        **{tables.end_diameter(arm): tolerance.end_diameter for arm in tables.ARMS},
    }
    for quantity, tolerated in tolerances.items():
        difference = abs(copasi[quantity] / compiled[quantity] - 1)
        # Not a number is no agreement.
        if not difference <= tolerated:
            return Rejection(
                candidate,
                quantity,
                float(difference),
                f"{quantity}: {compiled[quantity]:.6g} compiled, {copasi[quantity]:.6g} by COPASI",
            )
    return None
