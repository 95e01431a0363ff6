import numpy as np
import pytest

from theraflow.tnf.trajectories.metrics import (
    relative_error_percent,
    relative_error_totals_percent,
)

COUNTS = np.array([[[60.0, 30.0, 10.0], [50.0, 40.0, 10.0]]])
PREDICTIONS = np.array([[[54.0, 36.0, 10.0], [60.0, 45.0, 15.0]]])


def test_eq_3_sums_absolute_errors_over_types() -> None:
    assert relative_error_percent(COUNTS, PREDICTIONS) == pytest.approx(np.array([[12.0, 20.0]]))


def test_on_totals_errors_of_opposite_sign_cancel() -> None:
    assert relative_error_totals_percent(COUNTS, PREDICTIONS) == pytest.approx(
        np.array([[0.0, 20.0]])
    )


def test_error_is_relative_to_the_reference_not_to_the_prediction() -> None:
    one, two = np.array([[[1.0, 0.0, 0.0]]]), np.array([[[2.0, 0.0, 0.0]]])
    assert relative_error_percent(one, two).item() == 100
    assert relative_error_percent(two, one).item() == 50


def test_totals_never_exceed_eq_3() -> None:
    counts, predictions = np.random.default_rng(3).poisson(20, (2, 50, 24, 3)).astype(float)
    assert np.all(
        relative_error_totals_percent(counts, predictions)
        <= relative_error_percent(counts, predictions) + 1e-12
    )


def test_extinct_tumour_counts_as_one_cell() -> None:
    extinct, one_cell = np.zeros((1, 1, 3)), np.array([[[1.0, 0.0, 0.0]]])
    assert relative_error_percent(extinct, one_cell).item() == 100
    assert relative_error_percent(extinct, extinct).item() == 0
