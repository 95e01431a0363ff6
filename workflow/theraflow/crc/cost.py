"""Measured CPU times, from which jobs ask for their run time."""

from typing import Final

# One candidate grown, its arms simulated; one therapy simulated.
CPU_S_PER_CANDIDATE: Final = 2.0
CPU_S_PER_EVALUATION: Final = {"native": 0.3, "copasi": 0.3, "compiled": 0.002}
