"""``theraflow tnf optimise``: what it writes and says, and what it refuses before any work."""

from pathlib import Path

import pandas as pd
import pytest
from support.surrogate_frames import toy_frame
from typer.testing import CliRunner

from theraflow.cli import app, main
from theraflow.config.tnf.surrogates import (
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.parquet import read_provenance
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.treatment import tables

CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.1, test_fraction=0.2),
    theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=2),
)


@pytest.fixture(scope="module")
def surrogate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("surrogate")
    train_surrogate(toy_frame(), 50, CONFIG, 1, directory)
    return directory


@pytest.fixture(scope="module")
def surrogate_of_spheres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("surrogate_of_spheres")
    train_surrogate(toy_frame(), 50, CONFIG, 1, directory, dimension=3)
    return directory


def refused(monkeypatch, capsys, *arguments: str | Path) -> str:
    """Run the command as from a shell; return its one line of error."""
    monkeypatch.setattr("sys.argv", ["theraflow", "tnf", "optimise", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    return error


def test_the_best_are_written_predicted_and_simulated(surrogate, tmp_path):
    arguments = ["tnf", "optimise", "--surrogate", str(surrogate), "--radius", "50"]
    options = ["--evaluations", "60", "--candidates", "3", "--replicates", "4", "--seed", "2"]
    run = CliRunner().invoke(app, [*arguments, *options, "--out", str(tmp_path)])
    assert run.exit_code == 0, run.output
    treatments = pd.read_parquet(tmp_path / "treatments.parquet")
    assert list(treatments.columns) == tables.TREATMENTS_SCHEMA.names
    assert treatments[tables.RANK].tolist() == [1, 2, 3]
    assert treatments[tables.SIMULATED_LIVING_CELLS].is_monotonic_increasing
    assert (treatments[tables.REPLICATES] == 4).all()
    assert (treatments[tables.INITIAL_CELLS] == 37).all()
    optimism = pd.read_parquet(tmp_path / "optimism.parquet")
    assert optimism[tables.VERDICT][0] in run.output
    difference = (
        treatments[tables.PREDICTED_LIVING_CELLS] - treatments[tables.SIMULATED_LIVING_CELLS]
    )
    assert optimism[tables.MEAN_DIFFERENCE][0] == pytest.approx(difference.mean())
    assert "simulated cells" in run.output
    assert read_provenance(tmp_path / "treatments.parquet")["seed"] == 2
    assert (tmp_path / "treatments.csv").exists()


def test_the_engine_is_searched_without_a_surrogate(tmp_path):
    options = ["--evaluations", "3", "--candidates", "2", "--replicates", "2", "--refine", "3"]
    asked = ["tnf", "optimise", "--engine", "--radius", "20", "--horizon", "120", *options]
    run = CliRunner().invoke(app, [*asked, "--out", str(tmp_path)])
    assert run.exit_code == 0, run.output
    treatments = pd.read_parquet(tmp_path / "treatments.parquet")
    assert (treatments[tables.HORIZON_MIN] == 120).all()
    assert (treatments["pulse_period_min"] <= 120).all()
    assert set(treatments[tables.EVALUATOR]) <= {"engine", "engine_refined"}


def test_treatments_of_spheres_are_simulated_in_spheres(surrogate_of_spheres, tmp_path):
    options = ["--evaluations", "20", "--candidates", "1", "--replicates", "2"]
    asked = ["tnf", "optimise", "--surrogate", str(surrogate_of_spheres), "--radius", "50"]
    run = CliRunner().invoke(app, [*asked, *options, "--out", str(tmp_path)])
    assert run.exit_code == 0, run.output
    treatments = pd.read_parquet(tmp_path / "treatments.parquet")
    # 37 are those of a disc.
    assert (treatments[tables.INITIAL_CELLS] == 144).all()
    assert "3D" in read_provenance(tmp_path / "treatments.parquet")["engine"]


def test_surrogates_of_discs_and_spheres_do_not_mix(
    surrogate, surrogate_of_spheres, tmp_path, monkeypatch, capsys
):
    asked = ["--surrogate", surrogate, "--surrogate", surrogate_of_spheres, "--radius", 50]
    assert "give surrogates of the same" in refused(
        monkeypatch, capsys, *asked, "--out", tmp_path / "out"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--radius", 100], "tumor_radius_um=100: the surrogate is that of 50 um"),
        (["--radius", 50, "--horizon", 4620], "predicts up to 1440 min"),
        (["--radius", 50, "--horizon", 1000], "give a multiple of 60"),
        (["--radius", 50, "--engine"], "one of them"),
        (["--radius", 50, "--method", "sobel"], "did you mean sobol?"),
        (["--radius", 50, "--caution", 1], "only a general surrogate tells how sure it is"),
        (["--radius", 50, "--dimension", 3], "the surrogate knows tumours in 2 dimensions"),
        (["--radius", 50, "--radius", 50], "give each radius once"),
        (["--radius", 5000], "less than or equal to 450"),
    ],
)
def test_what_cannot_be_is_told_in_a_line_before_any_work(
    options, words, surrogate, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "out"
    asked = ["--surrogate", surrogate, *options, "--out", out]
    assert words in refused(monkeypatch, capsys, *asked)
    assert not list(out.glob("*"))


def test_a_missing_surrogate_is_told(tmp_path, monkeypatch, capsys):
    asked = ["--surrogate", tmp_path / "none", "--radius", 50, "--out", tmp_path / "out"]
    assert "no surrogate here" in refused(monkeypatch, capsys, *asked)
    assert "--engine" in refused(monkeypatch, capsys, "--radius", 50, "--out", tmp_path / "out")
