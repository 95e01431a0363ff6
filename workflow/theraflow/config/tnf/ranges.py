"""Ranges of parameters within which the model of the spheroid holds, both ends included."""

from typing import Final

# Below, the disc holds a handful of cells; above, it reaches the TNF source at 470 um.
TUMOR_RADIUS_RANGE_UM: Final = (20, 450)
DEFAULT_HORIZON_MIN: Final = 1440
# Counts are taken every hour; a week is far beyond what the model was made for.
HORIZON_STEP_MIN: Final = 60
HORIZON_RANGE_MIN: Final = (HORIZON_STEP_MIN, 10_080)
# Within its horizon a simulation cannot tell longer pulses or pauses apart.
PULSE_RANGE_MIN: Final = (1, HORIZON_RANGE_MIN[1])
TNF_CONCENTRATION_RANGE: Final = (0.0, 1.0)
