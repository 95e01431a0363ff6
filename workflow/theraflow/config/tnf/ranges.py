"""Ranges of parameters within which the model of the spheroid holds, both ends included."""

from typing import Final

# Below, the disc holds a handful of cells; above, it reaches the TNF source at 470 um.
TUMOR_RADIUS_RANGE_UM: Final = (20, 450)
# A simulation ends after a day, so that longer pulses or pauses cannot be told apart.
PULSE_RANGE_MIN: Final = (1, 1440)
TNF_CONCENTRATION_RANGE: Final = (0.0, 1.0)
