"""Therapies of the template: monthly doses, periods, safety, drug quantity, objective."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.therapy.drugs import Drug, drugs_of, weeks_of

SYMBOLS: Final = ("a", "c")
# Relative error of J at the default tolerances of a search; 4.8e-4 is the largest one measured.
OBJECTIVE_ERROR: Final = 5e-4


@dataclass(frozen=True, eq=False)
class Therapy:
    """Monthly doses of shape (2, months) in mg and periods of shape (2,) in whole weeks.

    The first index is the drug: atezolizumab, cibisatamab.
    """

    monthly_dose_mg: NDArray[np.float64]
    period_weeks: NDArray[np.int64]


def parameter_names(config: TherapyConfig) -> list[str]:
    """Name a therapy's parameters as in the SBML: d_a_1 .. d_c_15 (mg), f_a, f_c (weeks)."""
    doses = [f"d_{symbol}_{month}" for symbol in SYMBOLS for month in range(1, config.months + 1)]
    return doses + [f"f_{symbol}" for symbol in SYMBOLS]


def parameter_bounds(config: TherapyConfig) -> list[tuple[float, float]]:
    """Return the bounds of every parameter, in the order of ``parameter_names``.

    Periods are searched as real numbers of which the model takes the floor, so that each whole
    number of weeks owns an interval of the same length.
    """
    doses = [(0.0, drug.largest_dose_mg) for drug in drugs_of(config) for _ in range(config.months)]
    return doses + [(1.0, config.longest_period_weeks + 0.999)] * len(SYMBOLS)


def parameter_vector(therapy: Therapy) -> NDArray[np.float64]:
    """Lay a therapy out in the order of ``parameter_names``."""
    return np.concatenate([therapy.monthly_dose_mg.ravel(), therapy.period_weeks.astype(float)])


def therapy_from_vector(vector: NDArray[np.float64], config: TherapyConfig) -> Therapy:
    """Read a therapy from parameters in the order of ``parameter_names``.

    Raises ``UserError`` when a parameter is outside its bounds.
    """
    names, bounds = parameter_names(config), parameter_bounds(config)
    if len(vector) != len(names):
        raise UserError(f"a therapy has {len(names)} parameters, not {len(vector)}")
    for name, value, (low, high) in zip(names, vector, bounds, strict=True):
        if not low <= value <= high:
            raise UserError(
                f"therapy parameter {name}={value:g}: choose it from {low:g} to {high:g}"
            )
    return Therapy(
        monthly_dose_mg=np.asarray(vector[:-2], dtype=float).reshape(2, config.months),
        period_weeks=np.floor(vector[-2:]).astype(np.int64),
    )


def reference_therapy(
    config: TherapyConfig, drugs_given: tuple[bool, bool] = (True, True)
) -> Therapy:
    """Return the therapy of the largest allowed doses, one in every safety window.

    ``drugs_given`` leaves a drug out, for the single-drug and the untreated arm.
    """
    doses = [
        np.full(config.months, drug.largest_dose_mg if given else 0.0)
        for drug, given in zip(drugs_of(config), drugs_given, strict=True)
    ]
    periods = [drug.safety_window_weeks for drug in drugs_of(config)]
    return Therapy(monthly_dose_mg=np.array(doses), period_weeks=np.array(periods))


def weekly_doses_mg(therapy: Therapy, config: TherapyConfig) -> NDArray[np.float64]:
    """Return the doses of shape (2, weeks): in week k, iff (k - 1) mod f = 0, that of its month.

    Doses below the smallest one that counts are zero.
    """
    week = np.arange(weeks_of(config))
    dose_mg = therapy.monthly_dose_mg[:, week // config.weeks_per_month]
    due = week % therapy.period_weeks[:, None] == 0
    return np.where(due & (dose_mg >= config.smallest_dose_mg), dose_mg, 0.0)


def safe_maximum_mg(drug: Drug, config: TherapyConfig) -> float:
    """Return the largest total dose that the safety limit allows over all weeks."""
    return drug.safety_limit_mg * -(-weeks_of(config) // drug.safety_window_weeks)


def drug_percent(therapy: Therapy, config: TherapyConfig) -> NDArray[np.float64]:
    """Return the total dose of each drug, shape (2,), in percent of its safe maximum."""
    totals = weekly_doses_mg(therapy, config).sum(axis=1)
    maxima = np.array([safe_maximum_mg(drug, config) for drug in drugs_of(config)])
    return np.asarray(100 * totals / maxima)


def drug_quantity_percent(therapy: Therapy, config: TherapyConfig) -> float:
    """Return the mean of both drugs' percentages: 100 for the reference therapy."""
    return float(drug_percent(therapy, config).mean())


def objective(inefficacy: float, drug_quantity: float, config: TherapyConfig) -> float:
    """Return J, the weighted sum of inefficacy and drug quantity (percent).

    The unit of the inefficacy is that of ``config.size``.
    """
    return config.inefficacy_weight * inefficacy + config.drug_weight * drug_quantity
