"""Measured CPU times, from which jobs ask for their run time."""

from collections.abc import Mapping
from typing import Final

# One candidate grown, its arms simulated, by grower; one therapy simulated,
# by evaluator.
CPU_S_PER_CANDIDATE: Final[Mapping[str, float]] = {"compiled": 0.01, "copasi": 2.0}
CPU_S_PER_EVALUATION: Final[Mapping[str, float]] = {
    "native": 0.3,
    "copasi": 0.3,
    "compiled": 0.002,
}
