"""Whole simulations in three dimensions, in Python and on the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from theraflow.cli.tnf.commands import app
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.tnf.engine.embedded.simulate import simulate_spheroid
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.simulate import simulate_all
from theraflow.tnf.model.spheroid import SpheroidModel
from theraflow.tnf.model.time_steps import EXACT, FAST
from theraflow.tnf.simulation import ParameterPoint, plan_simulation

POINT = ParameterPoint(
    tumor_radius_um=50, pulse_period_min=120, pulse_duration_min=30, tnf_concentration=0.5
)
REFERENCE = REPOSITORY / "tests/data/tnf/physiboss_3d_replicates.parquet"


def test_a_sphere_is_repeatable_and_named_by_its_dimension() -> None:
    sphere, disc = (make_embedded_engine(EngineConfig(dimension=d)) for d in (3, 2))
    simulations = [plan_simulation(POINT, number, 1, horizon_min=180) for number in range(3)]
    once = simulate_all(simulations, sphere, workers=1)
    again = simulate_all(simulations, sphere, workers=3)
    np.testing.assert_array_equal(once, again)
    assert [counts[0].tolist() for counts in once] == [[144, 0, 0]] * 3
    assert sphere.label == f"embedded 3D fast {sphere.fingerprint}"
    assert disc.label == f"embedded fast {disc.fingerprint}"
    longer = sphere.simulate(plan_simulation(POINT, 0, 1, horizon_min=240))
    np.testing.assert_array_equal(longer[:4], once[0])


def test_without_tnf_a_sphere_grows_at_the_net_birth_rate(model: SpheroidModel) -> None:
    point = ParameterPoint(100, 400, 100, tnf_concentration=0.0)
    runs = [simulate_spheroid(model, point, seed, FAST, 1440, 3) for seed in range(4)]
    final = np.array([counts[-1] for counts in runs])
    expected = 1173 * (1.0015 * (1 - 1.0633e-4)) ** 720
    # A Yule process: the variance of each run is its mean times the growth less one.
    standard_error = np.sqrt(expected * (expected / 1173 - 1) / len(runs))
    assert final[:, 0].mean() == pytest.approx(expected, abs=4 * standard_error)
    assert final[:, 2].sum() == 0


def test_longer_time_steps_leave_the_fates_of_a_sphere_alone(model: SpheroidModel) -> None:
    # Steps of field and mechanics draw no numbers, so that the same seed shows what they change.
    exact, fast = (
        np.array([simulate_spheroid(model, POINT, seed, steps, 120, 3) for seed in range(4)])
        for steps in (EXACT, FAST)
    )
    assert (fast[:, -1, 0] < 130).all()
    assert np.abs(exact - fast).max() <= 2


def test_cells_amid_a_sphere_see_tnf_later_than_those_near_its_source(
    model: SpheroidModel,
) -> None:
    # A large tumour takes up what diffuses in, so that its share of early deaths is lower.
    def deaths(radius_um: int) -> float:
        point = ParameterPoint(radius_um, 60, 10, tnf_concentration=0.02)
        runs = [simulate_spheroid(model, point, seed, FAST, 180, 3) for seed in range(3)]
        return float(np.mean([counts[-1, 1:].sum() / counts[0, 0] for counts in runs]))

    assert deaths(200) < 0.9 * deaths(50)


def test_a_radius_at_the_source_is_refused(model: SpheroidModel) -> None:
    near = model.constants.tnf_field.model_copy(update={"source_radius_um": 50.0})
    constants = model.constants.model_copy(update={"tnf_field": near})
    with pytest.raises(UserError, match="source begins at 50 um"):
        simulate_spheroid(SpheroidModel(constants, model.network), POINT, 1, FAST, 60, 3)


def test_the_command_simulates_a_sphere_with_other_constants(tmp_path: Path) -> None:
    shipped = REPOSITORY / EngineConfig().model_file
    model_file = tmp_path / "model.yaml"
    model_file.write_text(
        shipped.read_text(encoding="utf-8").replace("birth_per_min: 0.00075", "birth_per_min: 0"),
        encoding="utf-8",
    )
    tables = {}
    for name, more in {"shipped": [], "other": ["--model-file", str(model_file)]}.items():
        out = tmp_path / f"{name}.parquet"
        arguments = [
            *("simulate", "--radius", "50", "--period", "60", "--duration", "10"),
            *("--concentration", "0", "--horizon", "240", "--dimension", "3"),
            *("--out", str(out), "--workers", "1", *more),
        ]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        tables[name] = pd.read_parquet(out)
    assert tables["shipped"]["engine"].str.startswith("embedded 3D fast ").all()
    assert set(tables["shipped"]["engine"]).isdisjoint(tables["other"]["engine"])
    assert tables["shipped"]["alive"].iloc[-1] > 144
    assert tables["other"]["alive"].iloc[-1] <= 144


def test_the_command_validates_spheres(tmp_path: Path) -> None:
    frame = pd.read_parquet(REFERENCE)
    short = tmp_path / "reference.parquet"
    frame[(frame["tumor_radius_um"] == 50) & (frame["time_min"] <= 120)].assign(
        pulse_period_min=120
    ).to_parquet(short)
    arguments = ["validate", "--reference", str(short), "--dimension", "3", "--replicates", "4"]
    missing = [*arguments, "--model-file", str(tmp_path / "none.yaml")]
    assert "none.yaml" in str(CliRunner().invoke(app, missing).exception)
    result = CliRunner().invoke(app, [*arguments, "--workers", "1"])
    assert result.exit_code in {0, 1, 3}, result.output
    assert "embedded 3D fast" in result.output
