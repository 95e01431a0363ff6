"""The inefficacy of a therapy by each reading of the tumour's size."""

from dataclasses import dataclass
from math import pi
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Size = Literal["relative", "diameter_mm", "diameter_cm", "volume_mm3"]

_UNITS: Final[dict[str, str]] = {
    "relative": "%",
    "diameter_mm": "mm",
    "diameter_cm": "cm",
    "volume_mm3": "mm3",
}


@dataclass(frozen=True)
class Inefficacy:
    """The inefficacy of a therapy of one patient: ``factor`` * (final diameter in mm)^``power``."""

    factor: float
    power: int

    def of_diameter(self, diameter_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inefficacy of therapies that end with these diameters (mm)."""
        return np.asarray(self.factor * diameter_mm**self.power)


def inefficacy_of(size: Size, start_mm: float, reference_mm: float) -> Inefficacy:
    """Return the inefficacy of a patient, by what counts as the tumour's size.

    ``start_mm`` is the diameter at therapy start, ``reference_mm`` the final one under the
    reference therapy. By ``relative`` it is size(H)^2 in percent of that under the reference
    (Esposito and Picchiami 2021, Fig. 2); otherwise size(H)^2 / size(0) (section 5), a volume being
    that of a sphere.
    """
    if size == "relative":
        return Inefficacy(100 / reference_mm**2, 2)
    if size == "volume_mm3":
        return Inefficacy(pi / 6 / start_mm**3, 6)
    millimetres = 10.0 if size == "diameter_cm" else 1.0
    return Inefficacy(1 / (millimetres * start_mm), 2)


def inefficacy_unit(size: Size) -> str:
    """Return the unit of the inefficacy."""
    return _UNITS[size]
