import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.surrogate_frames import split_of, toy_frame

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import (
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table, write_frame
from theraflow.tnf import tables
from theraflow.tnf.simulation import Simulation
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.evaluation.summary import summarise_evaluation
from theraflow.tnf.surrogate.evaluation.timing import (
    break_even_simulations,
    time_simulation_and_inference,
)
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.surrogate.split_file import SimulationSplit
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius

CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.1, test_fraction=0.2),
    theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=2),
)


FRAME = toy_frame(radii=(50, 100))


def stored_split(frame: pd.DataFrame, seed: int = 3) -> SimulationSplit:
    trajectories = trajectories_of_radius(frame, 100)
    return SimulationSplit.of(trajectories, split_of(trajectories, CONFIG.split, seed))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Surrogate:
    return train_surrogate(FRAME, 100, CONFIG, 3, tmp_path_factory.mktemp("surrogate"))


def test_only_the_stored_test_simulations_are_evaluated(trained: Surrogate) -> None:
    split = stored_split(FRAME)
    predictions = evaluate_surrogate(trained, split, FRAME).predictions
    trajectories = trajectories_of_radius(FRAME, 100)
    test = trajectories.subset(split_of(trajectories, CONFIG.split, seed=3).test)
    assert len(predictions) == 25 * len(test) == 25 * 8
    assert set(predictions.simulation_id) == set(split.test)
    np.testing.assert_array_equal(
        predictions[["alive", "apoptotic", "necrotic"]].to_numpy().reshape(-1, 25, 3), test.counts
    )
    np.testing.assert_array_equal(
        predictions.filter(like="predicted_").to_numpy().reshape(-1, 25, 3),
        trained.predict(100, test.parameters, extrapolate=True),
    )


def test_error_tables_follow_from_the_predictions(trained: Surrogate) -> None:
    evaluation = evaluate_surrogate(trained, stored_split(FRAME), FRAME)
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


def test_other_data_than_those_of_the_training_are_refused(trained: Surrogate) -> None:
    with pytest.raises(UserError, match="trained on other data"):
        evaluate_surrogate(trained, stored_split(FRAME), toy_frame(radii=(100,), seed=1))
    renamed = FRAME.assign(simulation_id=[f"run {row // 25}" for row in range(len(FRAME))])
    with pytest.raises(UserError, match="trained on other data"):
        evaluate_surrogate(trained, stored_split(FRAME), renamed)


def test_the_split_of_another_surrogate_is_refused(trained: Surrogate) -> None:
    with pytest.raises(UserError, match="split is that of another surrogate"):
        evaluate_surrogate(trained, stored_split(FRAME, seed=4), FRAME)


def test_tables_of_the_evaluation_fit_their_schemas(trained: Surrogate, tmp_path: Path) -> None:
    evaluation = evaluate_surrogate(trained, stored_split(FRAME), FRAME)
    for name, schema in (
        ("errors", tables.ERRORS_SCHEMA),
        ("cell_errors", tables.CELL_ERRORS_SCHEMA),
        ("predictions", tables.PREDICTIONS_SCHEMA),
    ):
        frame = getattr(evaluation, name)
        write_frame(frame, tmp_path / name, {}, schema)
        read = pd.read_parquet(tmp_path / name)
        pd.testing.assert_frame_equal(read, frame[list(read)], check_dtype=False)


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


def test_timing_simulates_points_spread_over_the_data(trained: Surrogate) -> None:
    engine = RememberingEngine()
    timing = time_simulation_and_inference(
        engine, trained, FRAME, TimingConfig(simulations=5, inference_batch_size=50, repeats=3)
    )
    periods = [simulation.point.pulse_period_min for simulation in engine.simulated]
    of_radius = FRAME[FRAME.tumor_radius_um == 100].pulse_period_min
    assert len(set(periods)) == 5
    assert (min(periods), max(periods)) == (of_radius.min(), of_radius.max())
    assert {simulation.point.tumor_radius_um for simulation in engine.simulated} == {100}
    row = timing.iloc[0]
    assert row.data_simulations == 40
    assert row.training_device == "cpu"
    assert row.training_gpu_s == 0
    assert row.training_cpu_s == trained.card.training.cpu_s > 0
    assert row.inference_batch_cpu_s > 0
    assert row.inference_single_cpu_s > 0
    assert row.speedup == pytest.approx(row.simulation_cpu_s / row.inference_batch_cpu_s)
    assert row.break_even_simulations > 0


def test_times_and_the_break_even_have_intervals(trained: Surrogate) -> None:
    class UnevenEngine(RememberingEngine):
        def simulate(self, simulation: Simulation) -> np.ndarray:
            until = time.process_time() + 0.005 * (1 + len(self.simulated) % 3)
            while time.process_time() < until:
                pass
            return super().simulate(simulation)

    timing = time_simulation_and_inference(
        UnevenEngine(), trained, FRAME, TimingConfig(simulations=9, repeats=5)
    ).iloc[0]
    for name in ("simulation_cpu_s", "inference_batch_cpu_s", "break_even_simulations"):
        assert timing[f"{name}_lower"] <= timing[name] <= timing[f"{name}_upper"]
    # Nine times of 5, 10 or 15 ms: two standard errors of their mean are 2.7 ms.
    width_s = timing["simulation_cpu_s_upper"] - timing["simulation_cpu_s_lower"]
    assert width_s > 0.002


def test_timing_simulates_to_the_horizon_of_the_surrogate(trained: Surrogate) -> None:
    engine = RememberingEngine()
    longer = Surrogate(trained.network, trained.card.model_copy(update={"horizon_min": 2880}))
    time_simulation_and_inference(
        engine, longer, FRAME, TimingConfig(simulations=2, inference_batch_size=5, repeats=1)
    )
    assert {simulation.horizon_min for simulation in engine.simulated} == {2880}


def test_seconds_of_a_gpu_are_not_added_to_those_of_a_cpu(
    trained: Surrogate, tmp_path: Path
) -> None:
    training = trained.card.training.model_copy(update={"device": "cuda", "gpu_s": 30.0})
    on_gpu = Surrogate(trained.network, trained.card.model_copy(update={"training": training}))
    timing = time_simulation_and_inference(
        RememberingEngine(), on_gpu, FRAME, TimingConfig(simulations=1, repeats=1)
    )
    write_frame(timing, tmp_path / "timing.parquet", {}, tables.TIMING_SCHEMA)
    (row,) = read_table(tmp_path / "timing.parquet", None, "").to_pylist()
    assert (row["training_device"], row["training_gpu_s"]) == ("cuda", 30)
    assert row["training_cpu_s"] == trained.card.training.cpu_s
    assert row["break_even_simulations"] is None


def test_summary_holds_errors_noise_and_times_side_by_side() -> None:
    def errors(relative: float, **more: str) -> pd.DataFrame:
        hours = {"tumor_radius_um": 50, "time_min": [60, 120]}
        return pd.DataFrame(
            hours
            | {"relative_error_percent": [relative, relative + 2]}
            | {"relative_error_totals_percent": 0.5}
            | more
        )

    noise = [
        errors(8, comparison="replicate vs mean"),
        errors(11, comparison="replicate vs replicate"),
    ]
    timing = dict.fromkeys(tables.TIMING_SCHEMA.names, 1) | {"tumor_radius_um": 50}
    timings = pd.DataFrame([timing])
    summary = summarise_evaluation(errors(9), errors(7), pd.concat(noise), timings)
    assert list(summary) == tables.SUMMARY_SCHEMA.names
    (row,) = summary.to_dict("records")
    assert row["general_relative_error_percent"] == 8
    assert row["general_relative_error_totals_percent"] == 0.5
    assert row["relative_error_percent"] == 10
    assert row["noise_floor_relative_error_percent"] == 9
    assert row["between_replicates_relative_error_percent"] == 12
    without = summarise_evaluation(errors(9), None, pd.concat(noise), timings)
    assert list(without) == tables.SUMMARY_SCHEMA.names
    assert without.general_relative_error_percent.isna().all()
    assert without.relative_error_percent.item() == 10
