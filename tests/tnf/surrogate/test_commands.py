from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from support.surrogate_frames import toy_frame
from typer.testing import CliRunner

from theraflow.cli.tnf.surrogate import register
from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import (
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_provenance
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.benchmark import benchmark_surrogates
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.training.surrogate import train_surrogate

CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.1, test_fraction=0.2),
    theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=2),
)


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    commands = typer.Typer()
    register(commands)
    return commands


@pytest.fixture(scope="module")
def surrogate_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("surrogate")
    train_surrogate(toy_frame(), 50, CONFIG, 1, directory)
    return directory


def predict_arguments(directory: Path, period: int) -> list[str]:
    asked = ["--period", str(period), "--duration", "60", "--concentration", "0.5"]
    return ["predict", "--surrogate", str(directory), *asked]


def test_predict_prints_a_row_per_hour(app: typer.Typer, surrogate_directory: Path) -> None:
    result = CliRunner().invoke(app, predict_arguments(surrogate_directory, 300))
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["time_min", "alive", "apoptotic", "necrotic"]
    assert [int(line.split()[0]) for line in lines[1:]] == list(range(0, 1441, 60))
    predicted = load_surrogate(surrogate_directory).predict(50, [[300, 60, 0.5]])[0, -1]
    assert [float(number) for number in lines[-1].split()[1:]] == pytest.approx(predicted, abs=0.05)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_predict_writes_a_trajectory_table(
    app: typer.Typer, surrogate_directory: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"trajectory.{suffix}"
    arguments = [*predict_arguments(surrogate_directory, 300), "--out", str(out)]
    CliRunner().invoke(app, arguments, catch_exceptions=False)
    table = pd.read_parquet(out) if suffix == "parquet" else pd.read_csv(out)
    assert set(table.tumor_radius_um) == {50}
    assert set(table.pulse_period_min) == {300}
    surrogate = load_surrogate(surrogate_directory)
    assert list(table.columns) == list(tables.TRAJECTORY_COLUMNS)
    assert set(table.engine) == {f"surrogate theraflow {surrogate.fingerprint}"}
    assert set(table.seed) == {surrogate.card.training.seed}
    assert set(table.replicate) == {0}
    assert len(set(table.simulation_id)) == 1
    if suffix == "parquet":
        assert pq.read_schema(out).equals(tables.TRAJECTORY_SCHEMA)
        assert read_provenance(out)["engine"] == surrogate.label
    predicted = surrogate.predict(50, [[300, 60, 0.5]])[0]
    np.testing.assert_allclose(table[["alive", "apoptotic", "necrotic"]], predicted)


def test_predict_extrapolates_only_when_told(app: typer.Typer, surrogate_directory: Path) -> None:
    arguments = predict_arguments(surrogate_directory, 2000)
    with pytest.raises(UserError, match=r"pulse_period_min=2000.*--extrapolate"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert CliRunner().invoke(app, [*arguments, "--extrapolate"]).exit_code == 0


def test_predict_refuses_an_unknown_format_before_it_reads_anything(app: typer.Typer) -> None:
    arguments = [*predict_arguments(Path("nowhere"), 300), "--out", "trajectory.xlsx"]
    with pytest.raises(UserError, match=r"ends in \.parquet or \.csv"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_benchmark_refuses_foreign_and_truncated_files(app: typer.Typer, tmp_path: Path) -> None:
    foreign, truncated = tmp_path / "foreign.parquet", tmp_path / "truncated.parquet"
    pd.DataFrame({"height_m": [1.8]}).to_parquet(foreign)
    toy_frame(points=4).to_parquet(truncated)
    truncated.write_bytes(truncated.read_bytes()[:-100])
    for path, message in ((foreign, "lacks the columns"), (truncated, "damaged")):
        with pytest.raises(UserError, match=message):
            CliRunner().invoke(
                app, ["benchmark-surrogates", "--dataset", str(path)], catch_exceptions=False
            )


def test_benchmark_averages_over_splits(tmp_path: Path) -> None:
    frame = toy_frame(radii=(50, 100), points=30)
    benchmark = benchmark_surrogates(
        frame,
        CONFIG,
        TimingConfig(inference_batch_size=20, repeats=2),
        splits=2,
        workers=2,
        output_dir=tmp_path,
    )
    runs = benchmark.runs
    assert list(runs.tumor_radius_um) == [50, 100, 50, 100]
    assert list(runs.split_seed) == [1, 1, 2, 2]
    assert runs.relative_error_percent.nunique() == 4
    assert (runs.relative_error_totals_percent <= runs.relative_error_percent).all()
    row = next(line for line in benchmark.markdown().splitlines() if "| 100 |" in line)
    of_radius = runs[runs.tumor_radius_um == 100].relative_error_percent
    assert f"{of_radius.mean():.2f} ± {of_radius.std():.2f}" in row
    assert "not measured" in benchmark.markdown()

    of_one_split = replace(benchmark, runs=runs[runs.split_seed == 1]).markdown()
    assert "±" not in of_one_split
    assert "nan" not in of_one_split
