"""``theraflow config`` as people type it, and the reference of all keys."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from theraflow.config.document import config_reference
from theraflow.config.keys import sections
from theraflow.config.load import load_study
from theraflow.config.study import StudyConfig
from theraflow.config.tnf.engines import EngineConfig, TimeSteps
from theraflow.tnf.campaign.cost import expected_cpu_s, simulations_per_batch
from theraflow.tnf.campaign.preflight import preflight


def theraflow(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("theraflow"), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_check_tells_the_size_of_the_paper_study(repository: Path) -> None:
    run = theraflow("config", "check", "config/config.yaml", cwd=repository)

    assert run.returncode == 0, run.stderr
    (total,) = (line.split() for line in run.stdout.splitlines() if line.split()[:1] == ["all"])
    assert total[1] == "7288"
    assert total[3] == "0"  # added in rounds
    # Four radii, the surrogate of every radius and the five members of its ensemble.
    assert total[5] == str(4 + 1 + 5)
    assert "25 patients, 125 searches" in run.stdout


# CPU seconds of a day of a sphere (fast), measured: mean of several treatments.
MEASURED_SPHERES_S = {50: 0.98, 100: 1.20, 150: 2.05}


def test_check_tells_what_spheres_cost(repository: Path, tmp_path: Path) -> None:
    study = tmp_path / "spheres.yaml"
    tnf = {
        "engine": {"dimension": 3},
        "tumor_radii_um": list(MEASURED_SPHERES_S),
        "designs": [{"kind": "sobol", "points": 400}],
    }
    study.write_text(yaml.safe_dump({"tnf": tnf}), encoding="utf-8")
    run = theraflow("config", "check", study, cwd=repository)
    rows = [line.split() for line in run.stdout.splitlines()[3:]]
    told = {row[0]: (int(row[1]), int(row[2]), float(row[-1])) for row in rows if len(row) == 7}
    for radius, cpu_s in MEASURED_SPHERES_S.items():
        simulations, repeats, core_hours = told[str(radius)]
        assert simulations == 400
        assert core_hours == pytest.approx((simulations + repeats) * cpu_s / 3600, rel=0.15)
    assert told["all"][2] == pytest.approx(
        sum(told[row][2] for row in told if row != "all"), abs=0.05
    )
    assert told["treatments"][2] > 0.5


def test_check_lists_every_error_and_exits_with_2(repository: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump({"tnf": {"replicates": 0, "desings": []}}), encoding="utf-8")
    run = theraflow("config", "check", "config/config.yaml", broken, cwd=repository)

    assert run.returncode == 2
    assert "tnf.replicates = 0" in run.stderr
    assert "did you mean designs?" in run.stderr
    assert "Traceback" not in run.stderr


def test_reference_is_up_to_date(repository: Path) -> None:
    run = theraflow("config", "document", "--check", cwd=repository)

    assert run.returncode == 0, run.stdout + run.stderr


def test_a_stale_reference_fails_with_a_diff(repository: Path, tmp_path: Path) -> None:
    stale = tmp_path / "README.md"
    stale.write_text(config_reference().replace("`replicates`", "`repeats`"), encoding="utf-8")
    run = theraflow("config", "document", "--check", "--file", stale, cwd=repository)

    assert run.returncode == 2
    assert "-| `repeats`" in run.stdout
    assert "+| `replicates`" in run.stdout
    assert "make reference" in run.stderr


def test_every_key_has_a_meaning() -> None:
    keys = [(section.path, key) for section in sections(StudyConfig) for key in section.keys]

    assert len(keys) > 50
    assert [(path, key.name) for path, key in keys if not key.meaning or not key.allowed] == []


def test_keys_that_end_in_a_unit_state_it() -> None:
    units = {"_um": "um", "_min": "min", "_mm": "mm"}
    for section in sections(StudyConfig):
        for key in section.keys:
            for suffix, unit in units.items():
                if key.name.endswith(suffix):
                    assert key.unit == unit, f"{section.path}.{key.name}"


@pytest.mark.parametrize("time_steps", ["exact", "fast"])
def test_batches_aim_at_their_cpu_time(time_steps: TimeSteps) -> None:
    engine = EngineConfig(time_steps=time_steps)
    for radius in (50, 100, 275, 400):
        for horizon_min in (1440, 4620):
            cpu_s = expected_cpu_s(radius, engine, horizon_min)
            number = simulations_per_batch(cpu_s, target_cpu_minutes=15)
            assert number * cpu_s == pytest.approx(900, rel=0.01)
    assert simulations_per_batch(cpu_s, target_cpu_minutes=1e-6) == 1


def test_preflight_counts_what_the_config_asks_for() -> None:
    keys: dict[str, Any] = {
        "tumor_radii_um": [50, 400],
        "designs": [{"kind": "sobol", "points": 20}],
        "replicates": 3,
        "evaluation": {"noise_floor": {"drawn_from": "design", "points": 5, "replicates": 4}},
    }
    small, large = preflight(load_study({"tnf": keys}).tnf)
    doubled, _ = preflight(load_study({"tnf": {**keys, "replicates": 6}}).tnf)
    longer, _ = preflight(load_study({"tnf": {**keys, "horizon_min": 2880}}).tnf)

    assert (small.simulations, small.noise_floor_simulations, small.trainings) == (60, 20, 1)
    assert large.simulation_core_hours > small.simulation_core_hours
    assert doubled.simulations == 120
    assert doubled.batches == small.batches + 3
    drawn_block = {"kind": "sobol_radius", "points": 30, "tumor_radius_um": [50, 400]}
    with_drawn = {**keys, "designs": [*keys["designs"], drawn_block]}
    *of_radii, drawn = preflight(load_study({"tnf": with_drawn}).tnf)
    assert of_radii == [small, large]
    assert (drawn.tumor_radius_um, drawn.simulations, drawn.trainings) == (None, 90, 0)
    per_simulation_h = [
        load.simulation_core_hours / (load.simulations + load.noise_floor_simulations)
        for load in (small, drawn, large)
    ]
    assert per_simulation_h == sorted(per_simulation_h)
    assert longer.simulation_core_hours > 2 * small.simulation_core_hours
    assert longer.training_core_hours == pytest.approx(2 * small.training_core_hours)
