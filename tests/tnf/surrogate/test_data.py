from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support.surrogate_frames import pulse_is_on, split_of, toy_frame

from theraflow.config.tnf.surrogates import SplitConfig
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.surrogate.networks.pulses import minutes_since_pulse_start, pulse_on_fraction
from theraflow.tnf.surrogate.networks.scaling import Scaling, ScalingLayer
from theraflow.tnf.surrogate.training.split import split_by_point
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.reading import read_simulations

PAPER_SPLIT = SplitConfig(validation_fraction=0.12, test_fraction=0)


def test_counts_keep_their_simulation_time_and_type() -> None:
    frame = toy_frame(radii=(50, 100), points=5, replicates=2)
    trajectories = trajectories_of_radius(frame.sample(frac=1, random_state=1), 100)
    assert len(trajectories) == 10
    period, duration, concentration = trajectories.parameters[7]
    replicate = trajectories.replicates[7]
    of_simulation = frame[
        (frame.tumor_radius_um == 100)
        & (frame.pulse_period_min == period)
        & (frame.pulse_duration_min == duration)
        & (frame.tnf_concentration == concentration)
        & (frame.replicate == replicate)
    ].sort_values("time_min")
    np.testing.assert_array_equal(
        trajectories.counts[7], of_simulation[["alive", "apoptotic", "necrotic"]]
    )


def test_content_hash_ignores_row_order_and_sees_every_count() -> None:
    frame = toy_frame(points=5)
    original = trajectories_of_radius(frame, 50).content_hash
    assert trajectories_of_radius(frame.sample(frac=1, random_state=2), 50).content_hash == original
    frame.loc[30, tables.ALIVE] += 1
    assert trajectories_of_radius(frame, 50).content_hash != original


def test_ids_come_from_the_table_or_from_parameters_and_replicate() -> None:
    frame = toy_frame(radii=(50, 100), points=4, replicates=2)
    given = frame.assign(simulation_id=[f"run {row // 25}" for row in range(len(frame))])
    ids = trajectories_of_radius(given.sample(frac=1, random_state=1), 50).simulation_ids
    assert set(ids) == {f"run {number}" for number in range(8)}

    derived = trajectories_of_radius(frame, 50).simulation_ids
    shuffled = trajectories_of_radius(frame.sample(frac=1, random_state=1), 50).simulation_ids
    assert len(set(derived)) == 8
    np.testing.assert_array_equal(derived, shuffled)
    as_floats = frame.astype({"pulse_period_min": float, "replicate": float})
    np.testing.assert_array_equal(derived, trajectories_of_radius(as_floats, 50).simulation_ids)
    assert not set(derived) & set(trajectories_of_radius(frame, 100).simulation_ids)


@pytest.mark.parametrize("ids", [["same"] * 125, [f"row {row}" for row in range(125)]])
def test_ids_that_do_not_name_one_simulation_each_are_refused(ids: list[str]) -> None:
    with pytest.raises(UserError, match="drop the column, and ids are derived"):
        trajectories_of_radius(toy_frame(points=5).assign(simulation_id=ids), 50)


def test_ids_are_read_where_a_file_has_them(tmp_path: Path) -> None:
    frame = toy_frame(points=2)
    frame.to_parquet(tmp_path / "published.parquet")
    assert "simulation_id" not in read_simulations(tmp_path / "published.parquet")
    named = frame.assign(simulation_id=np.repeat(["a", "b"], 25), remark="")
    named.to_parquet(tmp_path / "own.parquet")
    assert list(read_simulations(tmp_path / "own.parquet").simulation_id) == ["a"] * 25 + ["b"] * 25


def test_half_hours_are_left_out() -> None:
    frame = toy_frame(points=5)
    half_hours = frame.assign(time_min=frame.time_min + 30)
    both = pd.concat([frame, half_hours])
    assert (
        trajectories_of_radius(both, 50).content_hash
        == trajectories_of_radius(frame, 50).content_hash
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda frame: frame.drop(columns="necrotic"), "lacks necrotic"),
        (lambda frame: frame[frame.tumor_radius_um != 50], "tumor_radius_um=50: no simulations"),
        (lambda frame: frame[frame.time_min != 600], "lack some of the times"),
        (lambda frame: pd.concat([frame, frame]), "share parameters and replicate"),
        (lambda frame: frame.assign(alive=np.nan), "missing values"),
        (lambda frame: frame.assign(alive=-3), "alive=-3 in the data set"),
        (
            lambda frame: frame.assign(pulse_period_min=20.5),
            r"pulse_period_min=20\.5 in the data set; give whole minutes",
        ),
    ],
)
def test_unusable_tables_are_named(damage, message) -> None:
    frame = damage(toy_frame(radii=(50, 100), points=5))
    with pytest.raises(UserError, match=message):
        trajectories_of_radius(frame, 50)


def test_an_incomplete_simulation_is_named_in_plain_numbers() -> None:
    frame = toy_frame(points=5)
    first = frame.sort_values(list(tables.PARAMETER_COLUMNS)).iloc[0]
    with pytest.raises(UserError) as caught:
        trajectories_of_radius(frame[frame.time_min != 600], 50)
    named = f"({first.pulse_period_min:g}, {first.pulse_duration_min:g}, "
    assert named in str(caught.value)
    assert "int" not in str(caught.value)


def test_split_is_disjoint_complete_and_of_the_asked_sizes() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=100), 50)
    split = split_of(trajectories, SplitConfig(validation_fraction=0.1, test_fraction=0.2), seed=1)
    assert [len(split.training), len(split.validation), len(split.test)] == [70, 10, 20]
    everything = np.concatenate([split.training, split.validation, split.test])
    assert sorted(everything) == list(range(100))


def test_replicates_of_a_point_stay_together() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=20, replicates=3), 50)
    split = split_of(trajectories, SplitConfig(validation_fraction=0.2, test_fraction=0.2), seed=5)
    parts = [split.training, split.validation, split.test]
    assert [len(part) for part in parts] == [36, 12, 12]
    points = [set(trajectories.points[part]) for part in parts]
    assert not points[0] & points[1]
    assert not points[0] & points[2]
    assert not points[1] & points[2]


def test_split_depends_on_seed_and_radius() -> None:
    frame = toy_frame(points=50)
    trajectories = trajectories_of_radius(frame, 50)
    config = SplitConfig()
    first = split_of(trajectories, config, seed=1).test
    assert list(first) == list(split_of(trajectories, config, seed=1).test)
    assert list(first) != list(split_of(trajectories, config, seed=2).test)
    other_radius = trajectories_of_radius(frame.assign(tumor_radius_um=100), 100)
    assert list(first) != list(split_of(other_radius, config, seed=1).test)


def test_a_failed_simulation_moves_no_other_to_another_part() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=60), 50)
    whole = split_of(trajectories, SplitConfig(), seed=1)
    succeeded = np.delete(np.arange(60), [3, whole.test[0], 40])
    split = split_by_point(
        trajectories.parameters[succeeded],
        50,
        SplitConfig(),
        seed=1,
        design=trajectories.parameters[::-1],
    )
    for part in ("training", "validation", "test"):
        expected = np.intersect1d(getattr(whole, part), succeeded)
        np.testing.assert_array_equal(succeeded[getattr(split, part)], expected)


def test_simulations_beside_the_design_and_empty_parts_are_named() -> None:
    parameters = trajectories_of_radius(toy_frame(points=60), 50).parameters
    with pytest.raises(UserError, match=r"is not in tnf\.designs"):
        split_by_point(parameters, 50, SplitConfig(), seed=1, design=parameters[1:])
    tested = split_by_point(parameters, 50, SplitConfig(), seed=1).test
    untested = np.delete(parameters, tested, axis=0)
    with pytest.raises(UserError, match=r"no simulation for test succeeded; .*retry_failed"):
        split_by_point(untested, 50, SplitConfig(), seed=1, design=parameters)


def test_two_way_split_tests_on_its_validation_simulations() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=50), 50)
    split = split_of(trajectories, PAPER_SPLIT, seed=1)
    assert len(split.training) == 44
    np.testing.assert_array_equal(split.test, split.validation)


def test_too_few_points_are_an_error_of_the_user() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=3), 50)
    with pytest.raises(UserError, match="3 parameter points are too few"):
        split_of(trajectories, SplitConfig(), seed=1)


@pytest.mark.parametrize("radius", [50, 100, 275, 400])
def test_paper_split_of_the_published_data(published_dataset: Path, radius: int) -> None:
    frame = pd.read_parquet(published_dataset)
    trajectories = trajectories_of_radius(frame[frame.in_paper], radius)
    split = split_of(trajectories, PAPER_SPLIT, seed=1)
    assert (len(split.training), len(split.validation)) == (1603, 219)


@pytest.mark.parametrize(("period", "duration"), [(204, 15), (60, 60), (7, 3), (800, 200), (5, 5)])
def test_pulse_on_fraction_counts_the_minutes_of_the_schedule(period: int, duration: int) -> None:
    on = [pulse_is_on(minute, period, duration) for minute in range(1440)]
    expected = np.array(on).reshape(24, 6, 10).mean(axis=-1)
    fraction = pulse_on_fraction(
        torch.tensor([float(period)]),
        torch.tensor([float(duration)]),
        hours=24,
        intervals_per_hour=6,
    )
    np.testing.assert_allclose(fraction[0], expected, atol=1e-5)


def test_minutes_since_pulse_start() -> None:
    since = minutes_since_pulse_start(torch.tensor([100.0, 60.0]), 24)
    assert since[0, :4].tolist() == [60, 20, 80, 40]
    assert not since[1].any()


def test_scaling_maps_the_training_range_to_unit_range_and_back() -> None:
    trajectories = trajectories_of_radius(toy_frame(points=10), 50)
    layer = ScalingLayer(Scaling.from_training(trajectories))
    parameters = torch.tensor(trajectories.parameters, dtype=torch.float32)
    counts = torch.tensor(trajectories.counts, dtype=torch.float32)
    for scaled in (layer.scale_parameters(parameters), layer.scale_counts(counts).flatten(0, 1)):
        torch.testing.assert_close(scaled.amin(0), torch.zeros(3), atol=1e-6, rtol=0)
        torch.testing.assert_close(scaled.amax(0), torch.ones(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(layer.unscale_counts(layer.scale_counts(counts)), counts)


def test_constant_column_scales_to_finite_numbers() -> None:
    frame = toy_frame(points=10).assign(tnf_concentration=0.5, necrotic=0)
    trajectories = trajectories_of_radius(frame, 50)
    layer = ScalingLayer(Scaling.from_training(trajectories))
    assert layer.scale_parameters(torch.tensor(trajectories.parameters)).isfinite().all()
    assert layer.scale_counts(torch.tensor(trajectories.counts)).isfinite().all()
