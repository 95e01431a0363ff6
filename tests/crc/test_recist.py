"""Response classes of RECIST, by both readings."""

import numpy as np
import pytest

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.crc.therapy.recist import Reading, Response, response_at_horizon


@pytest.mark.parametrize(
    ("diameters_mm", "by_final_diameter", "by_recist_1_1"),
    [
        # The paper: complete below 10 mm, not below 2 mm.
        ([20, 9.9], "CR", "CR"),
        ([20, 10.1], "PR", "PR"),
        ([20, 14.0], "PR", "PR"),
        ([20, 14.1], "SD", "SD"),
        ([20, 23.9], "SD", "SD"),
        # More than 20 %, but less than 5 mm: RECIST 1.1 asks for both.
        ([20, 24.1], "PD", "SD"),
        ([20, 25.0], "PD", "PD"),
        ([50, 60.0], "SD", "PD"),
        # It shrinks and grows again: progression is judged against the nadir.
        ([40, 12, 20], "PR", "PD"),
        ([40, 12, 16.9], "PR", "PR"),
        ([40, 30, 38], "SD", "PD"),
        ([40, 5, 9.9], "CR", "CR"),
        ([40, 5, 12], "PR", "PD"),
    ],
)
def test_responses_follow_both_readings(
    diameters_mm: list[float], by_final_diameter: str, by_recist_1_1: str
) -> None:
    config = ComparisonConfig()
    found = [response_at_horizon(np.array(diameters_mm, float), each, config) for each in Reading]
    assert found == [by_final_diameter, by_recist_1_1]


def test_thresholds_are_those_of_the_config() -> None:
    config = ComparisonConfig(
        complete_response_diameter_mm=2, partial_response_percent=50, progression_growth_mm=1
    )
    course = np.array([20.0, 9.0])
    assert response_at_horizon(course, Reading.FINAL_DIAMETER, config) is Response.PR
    course = np.array([20.0, 5.0, 6.5])
    assert response_at_horizon(course, Reading.RECIST_1_1, config) is Response.PD
