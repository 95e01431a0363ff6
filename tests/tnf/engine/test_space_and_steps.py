"""Tumours that do not fit, dimensions that contradict each other, steps that do not divide."""

import math
from pathlib import Path
from typing import Any

import pytest
from support.physiboss_project import Project, make_project
from typer.testing import CliRunner

from theraflow.cli.tnf.commands import app
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.tnf.engine.check import check_engine_config

STEPS = """<overall>
  <dt_diffusion>{}</dt_diffusion> <dt_mechanics>0.2</dt_mechanics> <dt_phenotype>1</dt_phenotype>
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def refusal(radius_um: int, engine: Any) -> str:
    with pytest.raises(UserError) as caught:
        check_engine_config(engine, [50, radius_um])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def embedded(folder: Path, **constants: float) -> EngineConfig:
    text = (REPOSITORY / EngineConfig().model_file).read_text(encoding="utf-8")
    for name, value in constants.items():
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f"{name}:")]
        text = text.replace(line, f"{line.split(':')[0]}: {value}")
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    return EngineConfig(dimension=3, model_file=folder / "model.yaml")


def test_a_tumour_that_reaches_the_source_or_the_end_of_the_embedded_domain(
    tmp_path: Path,
) -> None:
    near = embedded(tmp_path, source_radius_um=300)
    check_engine_config(near, [50, 299])
    assert "a tumour radius of 300 um reaches the TNF source, which begins at 300 um" in refusal(
        300, near
    )
    # The source may lie in the corners, beyond the sides of the domain.
    corners = embedded(tmp_path, half_width_um=250, source_radius_um=300)
    assert math.hypot(240, 240) > 300
    check_engine_config(corners, [250])
    assert "a tumour radius of 251 um reaches beyond the domain, which ends 250 um" in refusal(
        251, corners
    )


def test_a_tumour_that_does_not_fit_the_domain_of_physiboss(project: Project) -> None:
    flat = project.config()
    check_engine_config(flat, [400])
    assert "401 um does not fit the domain" in refusal(401, flat)
    assert "ends 400 um from its centre in y" in refusal(401, flat)
    deep = project.config(dimension=3, z_range_um=(-90, 200))
    check_engine_config(deep, [90])
    assert "100 um does not fit the domain" in refusal(100, deep)
    assert "ends 90 um from its centre in z" in refusal(100, deep)


def test_dimensions_that_contradict_the_extent_in_z(project: Project) -> None:
    for dimension in (2, 3):
        check_engine_config(project.config(dimension=dimension), [50])
    thick = refusal(50, project.config(z_range_um=(-400, 400)))
    assert "tnf.engine.dimension = 2: from -400 to 400 um in z the domain has 40 layers" in thick
    thin = refusal(50, project.config(dimension=3, z_range_um=(-10, 10)))
    assert "tnf.engine.dimension = 3: from -10 to 10 um in z the domain has one layer" in thin


@pytest.mark.parametrize(
    ("step_min", "message"),
    [
        (0.03, r"does not divide overall/dt_mechanics (0.2 min)"),
        (0.4, r"does not divide overall/dt_mechanics (0.2 min)"),
        (0, r"does not divide overall/dt_mechanics (0.2 min)"),
        (0.02, None),
        (0.2, None),
    ],
)
def test_a_step_of_the_field_that_does_not_divide(
    project: Project, step_min: float, message: str | None
) -> None:
    text = project.settings.read_text(encoding="utf-8")
    project.settings.write_text(text.replace("<overall>", STEPS.format(step_min)), "utf-8")
    if message is None:
        check_engine_config(project.config(), [50])
    else:
        told = refusal(50, project.config())
        assert f"{project.settings}: overall/dt_diffusion = {step_min:g} min {message}" in told


def test_a_step_of_the_field_that_misses_the_hours(project: Project) -> None:
    text = project.settings.read_text(encoding="utf-8")
    steps = "<overall> <dt_diffusion>0.7</dt_diffusion>"
    project.settings.write_text(text.replace("<overall>", steps), encoding="utf-8")
    assert "0.7 min does not divide an hour (60 min)" in refusal(50, project.config())


def test_the_command_refuses_them_before_it_simulates(project: Project, tmp_path: Path) -> None:
    arguments = ["simulate", "--radius", "450", "--period", "60", "--duration", "10"]
    arguments += ["--concentration", "0.5", "--out", str(tmp_path / "out.parquet")]
    arguments += ["--engine", "physiboss", "--executable", str(project.executable)]
    result = CliRunner().invoke(app, [*arguments, "--settings", str(project.settings)])
    assert isinstance(result.exception, UserError)
    assert "450 um does not fit the domain" in str(result.exception)
    assert not (tmp_path / "out.parquet").exists()
