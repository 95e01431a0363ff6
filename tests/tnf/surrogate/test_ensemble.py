"""The ensemble beside a general surrogate: training, calibration, coverage and files."""

import json
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
import typer
from safetensors.torch import load_file
from support.surrogate_frames import toy_frame
from typer.testing import CliRunner

from theraflow.cli.tnf.surrogate import register
from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    SplitConfig,
    SurrogatesConfig,
    UncertaintyConfig,
)
from theraflow.core.errors import UserError
from theraflow.report.figures.tnf.intervals import predicted_intervals
from theraflow.tnf import tables
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate
from theraflow.tnf.surrogate.uncertainty.calibrating import (
    calibrate_ensemble,
    train_ensemble_member,
)
from theraflow.tnf.surrogate.uncertainty.coverage import check_coverage, coverage_of_means
from theraflow.tnf.surrogate.uncertainty.ensemble import (
    CalibratedSurrogate,
    load_calibrated_surrogate,
    member_file,
)
from theraflow.tnf.surrogate.uncertainty.interval_table import interval_table
from theraflow.tnf.surrogate.uncertainty.network import faithful_error
from theraflow.tnf.trajectories.arrays import trajectories

# What all tests of this file ask for is made by one worker of pytest.
pytestmark = pytest.mark.xdist_group("ensemble")

RADII = (50, 100)
CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.25, test_fraction=0.25),
    general=GeneralArchitectureConfig(hidden_size=8, epochs=2, batch_size=16),
    uncertainty=UncertaintyConfig(members=3, hidden_size=12, epochs=25, batch_size=16),
)
TREATMENT = [[300.0, 60.0, 0.6]]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return toy_frame(RADII, points=80, replicates=2)


@pytest.fixture(scope="module")
def folder(frame, tmp_path_factory) -> Path:
    """A general surrogate with its calibrated ensemble."""
    folder = tmp_path_factory.mktemp("general")
    train_general_surrogate(frame, RADII, CONFIG, 1, folder, show_progress=False)
    for member in range(CONFIG.uncertainty.members):
        train_ensemble_member(frame, RADII, member, CONFIG, 1, folder, show_progress=False)
    calibrate_ensemble(folder, frame, CONFIG.uncertainty)
    return folder


@pytest.fixture(scope="module")
def surrogate(folder) -> CalibratedSurrogate:
    return load_calibrated_surrogate(folder)


@pytest.fixture
def copied(folder, tmp_path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_deviations_learn_the_likelihood_and_means_the_squared_error() -> None:
    counts = torch.tensor([[[16.0, 0, 0], [10, 4, 2]]])
    means = torch.tensor([[12.0, 4, 1]], requires_grad=True)
    deviations = torch.tensor([[2.0, 1, 3]], requires_grad=True)
    predictions = torch.cat([means, deviations], dim=-1)[:, None].expand(-1, 2, -1)
    error = faithful_error(predictions, counts)
    normal = torch.distributions.Normal(means / 4, deviations / 4)
    likelihood = -normal.log_prob(counts[:, 1] / 4).mean() - 0.5 * np.log(2 * np.pi)
    squared = ((counts[:, 1] - means) / 4).square().mean() / 2
    assert error.item() == pytest.approx((likelihood + squared).item())
    taught = torch.autograd.grad(error, [means, deviations])
    assert torch.allclose(taught[0], torch.autograd.grad(squared, means)[0])
    assert torch.allclose(taught[1], torch.autograd.grad(likelihood, deviations)[0])


def test_deviations_do_not_change_what_the_means_have_learned(surrogate) -> None:
    network = surrogate.ensemble.networks[0]
    network(torch.tensor([[50.0, *TREATMENT[0]]]))[..., 3:].sum().backward()
    taught = {
        name
        for name, weights in network.named_parameters()
        if weights.grad is not None and weights.grad.any()
    }
    network.zero_grad()
    assert taught == {"deviation.weight", "deviation.bias"}


def test_members_differ_and_each_is_reproducible(frame, folder, tmp_path) -> None:
    train_ensemble_member(frame, RADII, 1, CONFIG, 1, tmp_path, show_progress=False)
    kept = [load_file(member_file(folder, member)) for member in range(3)]
    again = load_file(member_file(tmp_path, 1))
    assert all(torch.equal(kept[1][name], again[name]) for name in again)
    assert not torch.equal(kept[0]["deviation.weight"], kept[1]["deviation.weight"])
    assert not list(folder.rglob("*checkpoint*"))


def test_nothing_is_unsure_at_the_start_and_everything_after(surrogate) -> None:
    intervals = surrogate.predict_with_intervals(50, TREATMENT, 0.8)
    mean, deviation = surrogate.predict_with_deviation(50, TREATMENT)
    assert intervals.prediction.shape == (1, 25, 3)
    assert np.array_equal(intervals.prediction, mean)
    assert np.array_equal(intervals.lower[:, 0], intervals.upper[:, 0])
    assert (deviation[:, 0] == 0).all()
    assert (deviation[:, 1:] > 0).all()
    assert (intervals.upper > intervals.lower)[:, 1:].all()


def test_a_radius_for_each_treatment_is_as_one_for_all(surrogate) -> None:
    both = surrogate.predict_with_intervals([50, 100], TREATMENT * 2, 0.95, "mean")
    for row, radius in enumerate(RADII):
        one = surrogate.predict_with_intervals(radius, TREATMENT, 0.95, "mean")
        assert both.upper[row] == pytest.approx(one.upper[0], rel=1e-5)


def test_members_disagree_more_where_nothing_was_simulated(surrogate) -> None:
    def relative(radius: int, treatment: list[float]) -> float:
        mean, deviation = surrogate.predict_with_deviation(radius, [treatment], extrapolate=True)
        return deviation[0, -1].sum() / mean[0, 0].sum()

    assert relative(250, [1400.0, 600.0, 0.01]) > 2 * relative(70, *TREATMENT)
    with pytest.raises(UserError, match=r"trained on 50 \.\. 100"):
        surrogate.predict_with_deviation(250, TREATMENT)


def test_coverage_is_counted_per_radius_level_hour_and_cell_type(surrogate, folder, frame) -> None:
    test = read_split(folder).test
    coverage = check_coverage(surrogate, read_split(folder), frame, frame)
    assert list(coverage) == tables.COVERAGE_SCHEMA.names
    assert len(coverage) == 2 * 2 * len(RADII) * 24 * 3
    of_one = coverage[coverage[tables.INTERVAL_OF] == tables.ONE_SIMULATION]
    assert of_one.groupby([tables.LEVEL, tables.TIME_MIN, tables.CELL_TYPE])[
        tables.CHECKED
    ].sum().unique() == [len(test)]
    calibrating = of_one.groupby(tables.TUMOR_RADIUS_UM)[tables.CALIBRATING].first()
    assert calibrating.sum() == len(read_split(folder).validation)
    of_means = coverage[coverage[tables.INTERVAL_OF] == tables.MEAN_OF_SIMULATIONS]
    assert (of_means[tables.CHECKED] * 2).sum() == of_one[tables.CHECKED].sum()
    simulations = trajectories(frame)
    at_50 = (simulations.tumor_radii_um == 50) & np.isin(simulations.simulation_ids, test)
    chosen = simulations.subset(np.flatnonzero(at_50))
    intervals = surrogate.predict_with_intervals(50, chosen.parameters, 0.8, extrapolate=True)
    within = [
        low[7, 1] <= count[7, 1] <= high[7, 1]
        for low, count, high in zip(intervals.lower, chosen.counts, intervals.upper, strict=True)
    ]
    row = of_one[
        (of_one[tables.TUMOR_RADIUS_UM] == 50)
        & (of_one[tables.LEVEL] == 80)
        & (of_one[tables.TIME_MIN] == 420)
        & (of_one[tables.CELL_TYPE] == tables.APOPTOTIC)
    ]
    assert row[tables.COVERAGE].item() == pytest.approx(100 * np.mean(within))


def test_toy_noise_is_covered(surrogate, folder, frame) -> None:
    coverage = check_coverage(surrogate, read_split(folder), frame, frame)
    pooled = coverage.groupby([tables.INTERVAL_OF, tables.LEVEL])[tables.COVERAGE].mean()
    assert pooled[tables.ONE_SIMULATION, 80.0] == pytest.approx(80, abs=8)
    assert pooled[tables.ONE_SIMULATION, 95.0] == pytest.approx(95, abs=5)


def test_without_replicates_the_mean_is_not_checked(surrogate) -> None:
    assert coverage_of_means(surrogate, trajectories(toy_frame(RADII, points=3))).empty


def test_files_round_trip(surrogate, folder) -> None:
    again = load_calibrated_surrogate(folder)
    assert again.fingerprint == surrogate.fingerprint
    assert again.calibration == surrogate.calibration
    for of in ("simulation", "mean"):
        one = surrogate.predict_with_intervals(50, TREATMENT, 0.95, of)
        other = again.predict_with_intervals(50, TREATMENT, 0.95, of)
        assert np.array_equal(one.upper, other.upper)


def test_only_validation_points_calibrate(frame, folder, copied) -> None:
    before = load_calibrated_surrogate(folder).calibration
    test = set(read_split(folder).test)
    simulations = trajectories(frame)
    changed = simulations.subset(np.arange(len(simulations)))
    is_test = np.isin(simulations.simulation_ids, list(test))
    changed.counts[is_test] += 50
    replicates = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: np.repeat(changed.tumor_radii_um, 25),
            **{
                name: np.repeat(changed.parameters[:, column], 25)
                for column, name in enumerate(tables.PARAMETER_COLUMNS)
            },
            tables.REPLICATE: np.repeat(changed.replicates, 25),
            tables.TIME_MIN: np.tile(np.arange(0, 1441, 60), len(changed)),
            **{
                name: changed.counts[..., column].reshape(-1)
                for column, name in enumerate(tables.CELL_TYPES)
            },
        }
    )
    after = calibrate_ensemble(copied, frame, CONFIG.uncertainty, replicates).calibration
    assert after.mean_factor == pytest.approx(before.mean_factor)


def damage_weights(folder: Path) -> None:
    member_file(folder, 1).write_bytes(b"no weights")


def remove_weights(folder: Path) -> None:
    member_file(folder, 2).unlink()


def swap_weights(folder: Path) -> None:
    shutil.copy(member_file(folder, 0), member_file(folder, 1))


def damage_calibration(folder: Path) -> None:
    (folder / "ensemble/calibration.json").write_text("{}")


def remove_calibration(folder: Path) -> None:
    (folder / "ensemble/calibration.json").unlink()


def take_another_split(folder: Path) -> None:
    path = folder / "ensemble/calibration.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"split_hash": "another"}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_weights, r"member_1\.safetensors: missing, damaged .*; train the ensemble again"),
        (remove_weights, r"member_2\.safetensors: missing, damaged .*; train the ensemble again"),
        (swap_weights, r"calibration\.json: made for other members .*; calibrate .* again"),
        (damage_calibration, r"calibration\.json: damaged.*; calibrate the surrogate again"),
        (remove_calibration, r"calibration\.json: missing; calibrate the surrogate again"),
        (take_another_split, r"calibration\.json: made for other .*; calibrate .* again"),
    ],
)
def test_damaged_files_are_told_in_one_line(copied, damage, message) -> None:
    damage(copied)
    with pytest.raises(UserError, match=message) as error:
        load_calibrated_surrogate(copied)
    assert "\n" not in str(error.value)


def asked(folder: Path, *more: str) -> list[str]:
    treatment = ["--radius", "50", "--period", "300", "--duration", "60", "--concentration", "0.6"]
    return ["predict", "--surrogate", str(folder), *treatment, *more]


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    commands = typer.Typer()
    register(commands)
    return commands


def test_predict_prints_the_intervals_at_the_end(app, folder, surrogate) -> None:
    printed = CliRunner().invoke(app, asked(folder)).stdout
    assert "Intervals after 24 h (cells)" in printed
    (alive,) = [line for line in printed.splitlines() if line.startswith("alive")]
    expected = [
        f"{bound[0, -1, 0]:.1f}"
        for of in ("simulation", "mean")
        for level in (0.8, 0.95)
        for intervals in [surrogate.predict_with_intervals(50, TREATMENT, level, of)]
        for bound in (intervals.lower, intervals.upper)
    ]
    assert [word for word in alive.split()[2:] if word != ".."] == expected


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_writes_and_draws_all_intervals(app, folder, tmp_path, suffix) -> None:
    out = tmp_path / f"prediction.{suffix}"
    result = CliRunner().invoke(app, asked(folder, "--out", str(out), "--plot"))
    assert result.exit_code == 0, result.output
    file = tmp_path / f"prediction.intervals.{suffix}"
    table = pd.read_parquet(file) if suffix == "parquet" else pd.read_csv(file)
    assert list(table) == tables.INTERVALS_SCHEMA.names
    assert len(table) == 25 * 3 * 2 * 2
    assert (table[tables.LOWER] <= table[tables.PREDICTED_MEAN]).all()
    assert (tmp_path / "prediction.svg").stat().st_size > 0


def test_a_surrogate_without_ensemble_predicts_without_intervals(app, copied, tmp_path) -> None:
    shutil.rmtree(copied / "ensemble")
    assert "Intervals" not in CliRunner().invoke(app, asked(copied)).stdout
    plotted = CliRunner().invoke(app, asked(copied, "--out", str(tmp_path / "p.csv"), "--plot"))
    assert isinstance(plotted.exception, UserError)
    assert "calibration.json: missing" in str(plotted.exception)
    unplaced = CliRunner().invoke(app, asked(copied, "--plot"))
    assert "--plot: give --out as well" in str(unplaced.exception)


def test_bands_of_a_prediction_nest_around_the_mean(surrogate) -> None:
    figure = predicted_intervals(interval_table(surrogate, 50, 300, 60, 0.6), FiguresConfig(dpi=60))
    for panel in figure.axes:
        ends = [band.get_paths()[0].get_extents() for band in panel.collections]
        one_95, one_80, mean_95, mean_80 = (extent.ymax for extent in ends)
        assert one_95 >= one_80 >= panel.lines[0].get_ydata().max()
        assert mean_95 >= mean_80 >= panel.lines[0].get_ydata().max()
    plt.close(figure)
