"""Therapies of the template: safety, drug quantity, bounds, all without a simulator."""

import numpy as np
import pytest
from support.crc_reference import random_therapies
from support.scalar_therapies import is_allowed, safety_excess_mg

from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.therapy.drugs import drugs_of, weeks_of
from theraflow.crc.therapy.therapy import (
    Therapy,
    drug_quantity_percent,
    parameter_names,
    parameter_vector,
    reference_therapy,
    therapy_from_vector,
    weekly_doses_mg,
)


def largest_window_by_counting(therapy: Therapy, drug: int, config: TherapyConfig) -> float:
    """Add up every dose by hand: week by week, window by window."""
    window = drugs_of(config)[drug].safety_window_weeks
    largest = 0.0
    for first in range(1, weeks_of(config) + 1):
        total = 0.0
        for week in range(first, min(first + window, weeks_of(config) + 1)):
            if (week - 1) % therapy.period_weeks[drug] == 0:
                month = -(-week // config.weeks_per_month)
                total += therapy.monthly_dose_mg[drug, month - 1]
        largest = max(largest, total)
    return largest


def test_safety_windows_equal_a_brute_force_count(config: CrcConfig) -> None:
    therapies = random_therapies(300, config.therapy)
    safe = 0
    for therapy in therapies:
        weekly = weekly_doses_mg(therapy, config.therapy)
        for drug, limits in enumerate(drugs_of(config.therapy)):
            excess = safety_excess_mg(weekly[drug], limits)
            counted = largest_window_by_counting(therapy, drug, config.therapy)
            assert excess + limits.safety_limit_mg == pytest.approx(counted, rel=1e-12)
        safe += is_allowed(therapy, config.therapy)
    assert 0.2 < safe / len(therapies) < 0.9, "both outcomes must occur"


def test_a_dose_is_given_in_week_1_and_then_every_period(config: CrcConfig) -> None:
    doses = np.arange(1.0, 31.0).reshape(2, 15)
    therapy = Therapy(monthly_dose_mg=doses, period_weeks=np.array([1, 5]))
    weekly = weekly_doses_mg(therapy, config.therapy)
    assert weekly[0, :9].tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert np.flatnonzero(weekly[1]).tolist() == list(range(0, 60, 5))
    assert weekly[1, 55] == 16 + 13


def test_the_reference_uses_all_that_is_safe(config: CrcConfig) -> None:
    reference = reference_therapy(config.therapy)
    weekly = weekly_doses_mg(reference, config.therapy)
    for doses, drug in zip(weekly, drugs_of(config.therapy), strict=True):
        assert safety_excess_mg(doses, drug) == 0
    assert is_allowed(reference, config.therapy)
    assert drug_quantity_percent(reference, config.therapy) == 100
    allowed = [
        item for item in random_therapies(300, config.therapy) if is_allowed(item, config.therapy)
    ]
    assert max(drug_quantity_percent(item, config.therapy) for item in allowed) <= 100


def test_no_drug_on_the_first_day_is_not_allowed(config: CrcConfig) -> None:
    late = reference_therapy(config.therapy)
    late.monthly_dose_mg[:, 0] = 0
    assert not is_allowed(late, config.therapy)


def test_vectors_and_therapies_are_one_to_one(config: CrcConfig) -> None:
    therapy = random_therapies(1, config.therapy)[0]
    again = therapy_from_vector(parameter_vector(therapy), config.therapy)
    np.testing.assert_array_equal(again.monthly_dose_mg, therapy.monthly_dose_mg)
    np.testing.assert_array_equal(again.period_weeks, therapy.period_weeks)


@pytest.mark.parametrize(("name", "value"), [("d_a_3", 1681.0), ("d_c_15", -1.0), ("f_c", 13.0)])
def test_a_therapy_outside_its_bounds_is_refused(
    config: CrcConfig, name: str, value: float
) -> None:
    vector = parameter_vector(reference_therapy(config.therapy))
    vector[parameter_names(config.therapy).index(name)] = value
    with pytest.raises(UserError, match=f"{name}={value:g}: choose it from"):
        therapy_from_vector(vector, config.therapy)
