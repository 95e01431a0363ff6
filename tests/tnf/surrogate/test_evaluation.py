from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.surrogate_frames import toy_frame

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import (
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.tnf.simulation import Simulation
from theraflow.tnf.surrogate.evaluation.accuracy import (
    evaluate_noise_floor,
    evaluate_surrogate,
)
from theraflow.tnf.surrogate.evaluation.timing import (
    break_even_simulations,
    time_simulation_and_inference,
)
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.surrogate.training.split import split_by_point
from theraflow.tnf.surrogate.training.train import train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.metrics import mean_over_horizon

CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.1, test_fraction=0.2),
    theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=2),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Surrogate, pd.DataFrame]:
    frame = toy_frame(radii=(50, 100))
    return train_surrogate(frame, 100, CONFIG, 3, tmp_path_factory.mktemp("surrogate")), frame


def test_only_test_simulations_are_evaluated(trained: tuple[Surrogate, pd.DataFrame]) -> None:
    surrogate, frame = trained
    predictions = evaluate_surrogate(surrogate, frame).predictions
    trajectories = trajectories_of_radius(frame, 100)
    test = trajectories.subset(split_by_point(trajectories, CONFIG.split, seed=3).test)
    assert len(predictions) == 25 * len(test) == 25 * 8
    np.testing.assert_array_equal(
        predictions[["alive", "apoptotic", "necrotic"]].to_numpy().reshape(-1, 25, 3), test.counts
    )
    np.testing.assert_array_equal(
        predictions.filter(like="predicted_").to_numpy().reshape(-1, 25, 3),
        surrogate.predict(test.parameters, extrapolate=True),
    )


def test_error_tables_follow_from_the_predictions(trained: tuple[Surrogate, pd.DataFrame]) -> None:
    evaluation = evaluate_surrogate(*trained)
    at_noon = evaluation.predictions[evaluation.predictions.time_min == 720]
    types = ["alive", "apoptotic", "necrotic"]
    errors = sum((at_noon[name] - at_noon[f"predicted_{name}"]).abs() for name in types)
    expected = (100 * errors / at_noon[types].sum(axis=1)).mean()
    row = evaluation.errors[evaluation.errors.time_min == 720].iloc[0]
    assert row.relative_error_percent == pytest.approx(expected)
    assert list(evaluation.errors.time_min) == list(range(60, 1441, 60))
    cells = evaluation.cell_errors.query("time_min == 720 and cell_type == 'apoptotic'")
    expected_cells = (at_noon.apoptotic - at_noon.predicted_apoptotic).abs().mean()
    assert cells.mean_absolute_error_cells.item() == pytest.approx(expected_cells)


def test_other_data_than_those_of_the_training_are_refused(
    trained: tuple[Surrogate, pd.DataFrame],
) -> None:
    with pytest.raises(UserError, match="trained on other data"):
        evaluate_surrogate(trained[0], toy_frame(radii=(100,), seed=1))


def test_noise_floor_of_poisson_counts() -> None:
    rng = np.random.default_rng(1)
    frame = toy_frame(points=60, replicates=4)
    mean_cells = 400.0
    frame[["alive", "apoptotic", "necrotic"]] = rng.poisson(mean_cells, (len(frame), 3))
    means = mean_over_horizon(evaluate_noise_floor(frame).errors).set_index("comparison")
    # E|X| of a normal difference with variance v is sqrt(2 v / pi).
    per_type = 100 * np.sqrt(2 / np.pi / mean_cells)
    single, mean = means.loc["replicate vs replicate"], means.loc["replicate vs mean of others"]
    assert single.relative_error_percent == pytest.approx(per_type * np.sqrt(2), rel=0.03)
    assert mean.relative_error_percent == pytest.approx(per_type * np.sqrt(4 / 3), rel=0.03)
    assert single.relative_error_totals_percent == pytest.approx(
        per_type * np.sqrt(2 / 3), rel=0.05
    )


def test_noise_floor_of_the_original_program(physiboss_replicates: Path) -> None:
    frame = pd.read_parquet(physiboss_replicates)
    means = mean_over_horizon(evaluate_noise_floor(frame).errors)
    by_comparison = means.pivot_table(
        index="tumor_radius_um", columns="comparison", values="relative_error_percent"
    )
    # Published beside the reference data, to the digits given there.
    assert by_comparison["replicate vs replicate"].round(1).to_dict() == {
        50: 28.0,
        100: 15.5,
        275: 5.1,
        400: 2.2,
    }
    assert by_comparison["replicate vs mean of others"].round(1).to_dict() == {
        50: 20.7,
        100: 12.1,
        275: 4.4,
        400: 2.2,
    }


def test_noise_floor_needs_replicates_of_every_point() -> None:
    with pytest.raises(UserError, match=r"points have \[1\] replicates"):
        evaluate_noise_floor(toy_frame(points=5))
    uneven = pd.concat([toy_frame(points=3, replicates=2), toy_frame(points=2, seed=7)])
    with pytest.raises(UserError, match=r"points have \[1, 2\] replicates"):
        evaluate_noise_floor(uneven)


def test_break_even_is_where_both_ways_cost_the_same() -> None:
    number = break_even_simulations(
        simulation_cpu_s=2.0, inference_cpu_s=0.5, training_cpu_s=60.0, data_simulations=100
    )
    assert 2.0 * number == pytest.approx(100 * 2.0 + 60.0 + 0.5 * number)


def test_slower_inference_never_breaks_even() -> None:
    assert break_even_simulations(0.1, 0.2, 60.0, 100) == float("inf")


class RememberingEngine:
    """Answers at once, and remembers what it was asked."""

    label = fingerprint = "remembering"

    def __init__(self) -> None:
        self.simulated: list[Simulation] = []

    def warm_up(self) -> None:
        pass

    def simulate(self, simulation: Simulation) -> np.ndarray:
        self.simulated.append(simulation)
        return np.zeros((25, 3), dtype=np.int64)


def test_timing_simulates_points_spread_over_the_data(
    trained: tuple[Surrogate, pd.DataFrame],
) -> None:
    surrogate, frame = trained
    engine = RememberingEngine()
    timing = time_simulation_and_inference(
        engine, surrogate, frame, TimingConfig(simulations=5, inference_batch_size=50, repeats=3)
    )
    periods = [simulation.point.pulse_period_min for simulation in engine.simulated]
    of_radius = frame[frame.tumor_radius_um == 100].pulse_period_min
    assert len(set(periods)) == 5
    assert (min(periods), max(periods)) == (of_radius.min(), of_radius.max())
    assert {simulation.point.tumor_radius_um for simulation in engine.simulated} == {100}
    row = timing.iloc[0]
    assert row.data_simulations == 40
    assert row.training_cpu_s == surrogate.card.training.cpu_s > 0
    assert row.inference_batch_cpu_s > 0
    assert row.inference_single_cpu_s > 0
    assert row.speedup == pytest.approx(row.simulation_cpu_s / row.inference_batch_cpu_s)
