"""Time steps of the embedded engine: as specified, or longer ones with the same statistics."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TimeSteps:
    """Steps in minutes: TNF field, receptors and uptake share one, cell mechanics has its own.

    The mechanics step is a multiple of the field step, and both divide a minute.
    """

    name: str
    field_min: float
    mechanics_min: float


EXACT: Final = TimeSteps("exact", field_min=0.02, mechanics_min=0.1)
FAST: Final = TimeSteps("fast", field_min=0.2, mechanics_min=1.0)

TIME_STEPS: Final = {steps.name: steps for steps in (EXACT, FAST)}
