"""Safety and inefficacy of one therapy, counted by other code than that which searches use."""

import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.therapy.drugs import Drug, drugs_of
from theraflow.crc.therapy.therapy import Therapy, weekly_doses_mg


def safety_excess_mg(weekly_dose_mg: NDArray[np.float64], drug: Drug) -> float:
    """Return the largest cumulative dose within a safety window less its limit; safe iff <= 0.

    ``weekly_dose_mg`` has shape (weeks,). Windows that reach beyond the last week hold no more
    than the last whole one.
    """
    window = min(drug.safety_window_weeks, len(weekly_dose_mg))
    sums = np.lib.stride_tricks.sliding_window_view(weekly_dose_mg, window).sum(axis=1)
    return float(sums.max() - drug.safety_limit_mg)


def is_allowed(therapy: Therapy, config: TherapyConfig) -> bool:
    """Tell whether both safety constraints hold and a drug is given on the first day."""
    weekly = weekly_doses_mg(therapy, config)
    safe = all(
        safety_excess_mg(doses, drug) <= 0
        for doses, drug in zip(weekly, drugs_of(config), strict=True)
    )
    return safe and float(weekly[:, 0].sum()) > 0


def inefficacy_mm(start_diameter_mm: float, end_diameter_mm: float) -> float:
    """Return size(H)^2 / size(t0), with the diameter as size."""
    return end_diameter_mm**2 / start_diameter_mm
