"""Errors of a surrogate compare with the noise floor at the same points."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from support.surrogate_frames import toy_frame

from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.at_replicates import evaluate_at_replicates
from theraflow.tnf.surrogate.evaluation.noise_floor import evaluate_noise_floor
from theraflow.tnf.trajectories.metrics import mean_over_horizon

MEAN_CELLS = 400.0


@dataclass
class Constant:
    """A surrogate that predicts the same count of every cell type at all times."""

    cells: float

    def predict(self, _, parameters: np.ndarray, **__: bool) -> np.ndarray:
        return np.full((len(parameters), 25, 3), self.cells)


@pytest.fixture(scope="module")
def replicates() -> pd.DataFrame:
    frame = toy_frame(points=60, replicates=4)
    frame[list(tables.CELL_TYPES)] = np.random.default_rng(1).poisson(MEAN_CELLS, (len(frame), 3))
    return frame


def test_one_who_knows_the_means_errs_by_the_noise_floor(replicates: pd.DataFrame) -> None:
    evaluation = evaluate_at_replicates(Constant(MEAN_CELLS), replicates, [50])
    floor = evaluate_noise_floor(replicates, [50])
    error = mean_over_horizon(evaluation.errors).relative_error_percent.item()
    of_floor = mean_over_horizon(floor.errors).set_index("comparison").relative_error_percent
    assert error == pytest.approx(of_floor["replicate vs mean"], rel=0.02)
    assert error < 0.8 * of_floor["replicate vs replicate"]
    biased = evaluate_at_replicates(Constant(1.1 * MEAN_CELLS), replicates, [50])
    assert mean_over_horizon(biased.errors).relative_error_percent.item() > 2 * error


def test_points_and_predictions_are_those_with_replicates(replicates: pd.DataFrame) -> None:
    single = toy_frame(points=5, seed=7)
    both = pd.concat([replicates, single], ignore_index=True)
    evaluation = evaluate_at_replicates(Constant(MEAN_CELLS), both, [50])
    assert set(evaluation.errors[tables.POINTS]) == {60}
    assert evaluation.predictions[tables.SIMULATION_ID].nunique() == 240
    assert set(evaluation.predictions) == set(tables.PREDICTIONS_SCHEMA.names)
    assert set(evaluation.errors) == set(tables.ERRORS_SCHEMA.names)
    assert set(evaluation.cell_errors) == set(tables.CELL_ERRORS_SCHEMA.names)


def test_intervals_hold_the_true_error_of_nineteen_samples_in_twenty() -> None:
    # E|x - mean| of a Poisson x, by simulation, relative to its mean.
    rng = np.random.default_rng(3)
    drawn = rng.poisson(MEAN_CELLS, (200_000, 3))
    truth = 100 * (np.abs(drawn - MEAN_CELLS).sum(axis=1) / drawn.sum(axis=1)).mean()
    held = []
    for seed in range(12):
        frame = toy_frame(points=40, replicates=2)
        frame[list(tables.CELL_TYPES)] = np.random.default_rng(seed).poisson(
            MEAN_CELLS, (len(frame), 3)
        )
        errors = evaluate_at_replicates(Constant(MEAN_CELLS), frame, [50]).errors
        lower, upper = errors.relative_error_percent_lower, errors.relative_error_percent_upper
        assert (lower < errors.relative_error_percent).all()
        assert (errors.relative_error_percent < upper).all()
        held.append(((lower <= truth) & (truth <= upper)).mean())
    # 288 intervals, a little too narrow, as those of 40 points are.
    assert 0.88 < np.mean(held) < 0.99


def test_a_single_point_has_no_interval() -> None:
    frame = toy_frame(points=1, replicates=3)
    errors = evaluate_at_replicates(Constant(100.0), frame, [50]).errors
    assert errors.relative_error_percent.notna().all()
    assert errors.relative_error_percent_lower.isna().all()
