"""PhysiBoSS as an engine: settings, private folders, and every way to fail, as a class."""

import json
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from support.physiboss_project import (
    POINT,
    SIMULATION,
    Project,
    expected_counts,
    make_project,
    start_simulating,
)
from support.physiboss_stand_in import NETWORK_COMPLAINTS

from theraflow.config.load import load_study
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_provenance
from theraflow.tnf import tables
from theraflow.tnf.campaign.preflight import check_feasible
from theraflow.tnf.engine.embedded import engine as embedded
from theraflow.tnf.engine.fingerprint import engine_fingerprint, engine_provenance
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.physiboss.identity import physiboss_identity
from theraflow.tnf.engine.smoke_run import check_engine
from theraflow.tnf.simulation import plan_simulation
from theraflow.tnf.trajectories.reading import read_trajectories
from theraflow.work.ledger import schema
from theraflow.work.status import AttemptError, Status


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_simulation_gets_its_parameters_and_counts_come_back(project: Project) -> None:
    engine = make_engine(project.config())
    for replicate in range(2):
        simulation = plan_simulation(POINT, replicate, base_seed=1)
        np.testing.assert_array_equal(engine.simulate(simulation), expected_counts(simulation))


@pytest.mark.parametrize("horizon_min", [360, 4620])
def test_program_is_told_the_horizon_and_all_hours_are_read(
    project: Project, horizon_min: int
) -> None:
    simulation = plan_simulation(POINT, 0, base_seed=1, horizon_min=horizon_min)
    counts = make_engine(project.config()).simulate(simulation)
    assert counts.shape == (horizon_min // 60 + 1, 3)
    np.testing.assert_array_equal(counts, expected_counts(simulation))


def test_program_that_ends_before_the_horizon_has_failed(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    settings = project.settings.read_text(encoding="utf-8")
    project.settings.write_text(
        settings.replace("</overall>", "<end>1440</end> </overall>"), encoding="utf-8"
    )
    # The key leads to an element that the program does not look at, so that it stops elsewhere.
    engine = make_engine(project.config(mapping={"simulated_time": "overall/end"}))
    with pytest.raises(AttemptError, match=r"output00000049\.xml: the program wrote none"):
        engine.simulate(plan_simulation(POINT, 0, base_seed=1, horizon_min=4620))


def test_nothing_is_left_behind_and_nothing_shared_is_written(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    before = files_below(project.folder)
    make_engine(project.config()).simulate(SIMULATION)
    assert files_below(project.folder) == before
    assert not files_below(tmp_path / "elsewhere")
    assert not files_below(tmp_path / "scratch")


FAILURES = {
    **{
        behaviour: (
            Status.FAILED,
            "its Boolean network cannot be used: fix the .bnd file, or the .cfg file; it said: "
            f"{complaint};",
        )
        for behaviour, (complaint, _) in NETWORK_COMPLAINTS.items()
    },
    "crashes": (Status.FAILED, "ended with exit code 3; it said: terminate called"),
    "lacks a library": (Status.FAILED, "libraries are missing"),
    "illegal instruction": (Status.KILLED, "died of SIGILL (it was built for another processor"),
    "stops early": (Status.FAILED, "output00000012.xml: the program wrote none"),
    "is truncated": (Status.FAILED, "output00000012_cells_physicell.mat: truncated"),
    "has unknown phases": (Status.REJECTED, "output00000012.xml: cells in the unknown phases [7"),
    "explodes": (Status.REJECTED, "from 61 to 620 living cells between 660 and 720 min"),
}


@pytest.mark.parametrize("behaviour", FAILURES)
def test_failure_has_a_class_a_reason_and_its_output(tmp_path: Path, behaviour: str) -> None:
    status, reason = FAILURES[behaviour]
    with pytest.raises(AttemptError) as failure:
        make_engine(make_project(tmp_path, behaviour).config()).simulate(SIMULATION)
    assert failure.value.status is status
    assert failure.value.reason.startswith(reason)
    (kept,) = (tmp_path / "logs").iterdir()
    assert failure.value.reason.endswith(f"; output in {kept}")
    assert kept.read_text(encoding="utf-8").startswith("stand-in for PhysiBoSS")
    assert not files_below(tmp_path / "scratch")


def test_hanging_program_is_stopped(tmp_path: Path) -> None:
    engine = make_engine(make_project(tmp_path, "hangs").config(time_limit_min=0.01))
    with pytest.raises(AttemptError, match=r"not finished after 0\.01 min") as failure:
        engine.simulate(SIMULATION)
    assert failure.value.status is Status.TIMED_OUT
    assert not files_below(tmp_path / "scratch")
    assert not processes_that_mention(tmp_path)


def test_only_an_engine_that_compiles_says_so(
    project: Project, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    make_engine(project.config()).warm_up()
    assert "compile" not in caplog.text
    monkeypatch.setattr(embedded, "simulate_spheroid", lambda *_: None)
    make_engine(EngineConfig()).warm_up()
    assert "the first use on a machine compiles it" in caplog.text


def processes_that_mention(folder: Path) -> list[str]:
    commands = [
        file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if file.exists()
    ]
    return [command for command in commands if str(folder) in command]


def test_program_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, "hangs")
    parent = start_simulating(project)
    deadline = time.monotonic() + 60
    while not processes_that_mention(project.executable) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_that_mention(project.executable)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while processes_that_mention(project.executable) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes_that_mention(project.executable)


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (b"#!/bin/sh\n", 0o644, "is not executable; run `chmod \\+x`"),
        (b"\x7fELF of another machine", 0o755, "is no program for this kind of machine"),
        (b"#!/no/interpreter\n", 0o755, "does not exist"),
        (b"#!/bin/sh\nexit 0\n", 0o755, "output00000000.xml: the program wrote none"),
        (b"#!/bin/sh\nkill -ILL $$\n", 0o755, "died of SIGILL .*build it on this kind of machine"),
        (b"#!/bin/sh\n(kill -ILL $$)\nexit 132\n", 0o755, "died of SIGILL"),
    ],
    ids=["mode", "architecture", "interpreter", "no output", "SIGILL", "SIGILL in a container"],
)
def test_smoke_run_tells_what_is_wrong(
    project: Project, content: bytes, mode: int, message: str
) -> None:
    project.executable.write_bytes(content)
    project.executable.chmod(mode)
    with pytest.raises(UserError, match=message):
        check_engine(project.config(), 50)


def test_smoke_run_of_a_program_that_works(project: Project) -> None:
    assert "starts with 50 cells" in check_engine(project.config(), 50)


def break_xml(project: Project) -> dict[str, object]:
    project.settings.write_text("<PhysiCell_settings>", encoding="utf-8")
    return {}


def remove_network(project: Project) -> dict[str, object]:
    project.network.unlink()
    return {}


BROKEN = {
    "settings that are no XML": (break_xml, "no valid XML"),
    "missing network": (remove_network, "TNF_nodes.bnd: no such file .*tnf.engine.network_file"),
    "missing settings": (lambda _: {"settings": "no.xml"}, "no.xml: no such file"),
    "missing executable": (lambda _: {"executable": "none"}, "none: no such file"),
    "missing container": (lambda _: {"container": "no.sif"}, "no.sif: no such file"),
    "path": (lambda _: {"mapping": {"threads": "a[["}}, r"tnf.engine.mapping.threads = a\[\["),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_faults_are_told_before_anything_runs(project: Project, fault: str) -> None:
    break_project, message = BROKEN[fault]
    change = break_project(project)
    section = change if change.get("name") else project.section(**change)
    with pytest.raises(UserError, match=message):
        check_feasible(load_study({"tnf": {"engine": section}}).tnf)


@pytest.mark.parametrize("folder_is_mounted", [True, False])
def test_container(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder_is_mounted: bool
) -> None:
    runtime = tmp_path / "bin/apptainer"
    runtime.parent.mkdir()
    # Does as `apptainer exec` would with a program of the host: run it in the folder given.
    runtime.write_text(
        f"""#!/bin/sh
printf '%s\\n' "$@" > {tmp_path}/arguments
for last; do :; done
for each; do case $each in --pwd=*) cd "${{each#--pwd=}}" ;; esac; done
exec {project.executable} "$last"
""",
        encoding="utf-8",
    )
    runtime.chmod(0o755)
    monkeypatch.setenv("PATH", f"{runtime.parent}:/usr/bin:/bin")
    image = tmp_path / "physiboss.sif"
    image.write_bytes(b"image")
    program = project.executable if folder_is_mounted else Path("/opt/tnf-cancer-model")
    config = project.config(container=image, executable=program)
    np.testing.assert_array_equal(
        make_engine(config).simulate(SIMULATION), expected_counts(SIMULATION)
    )
    arguments = (tmp_path / "arguments").read_text(encoding="utf-8").split()
    assert arguments[:3] == ["exec", "--contain", "--cleanenv"]
    assert arguments[-3:] == [str(image), str(program), "./PhysiCell_settings.xml"]
    bindings = [each for each in arguments if each.startswith("--bind=")]
    writable = [each for each in bindings if not each.endswith(":ro")]
    assert writable == [each for each in bindings if "theraflow-physiboss-" in each]
    identity = engine_provenance(config)["engine_identity"]
    assert ("executable_sha256" in identity) is folder_is_mounted
    before = engine_fingerprint(config)
    image.write_bytes(b"other")
    assert engine_fingerprint(config) != before


def test_container_without_a_runtime(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    config = project.config(container=project.network)
    with pytest.raises(UserError, match="neither apptainer nor singularity"):
        check_engine(config, 50)


def theraflow(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("theraflow"), "tnf", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_command_line(project: Project, tmp_path: Path) -> None:
    run = theraflow(
        *("simulate", "--engine", "physiboss", "--radius", "50", "--period", "323"),
        *("--duration", "102", "--concentration", "0.3007", "--replicates", "2", "--seed", "1"),
        *("--executable", "./tnf-cancer-model", "--settings", "config/PhysiCell_settings.xml"),
        *("--scratch-folder", tmp_path / "scratch", "--out", tmp_path / "runs.parquet"),
        cwd=project.folder,
    )
    assert run.returncode == 0, run.stderr
    rows = read_trajectories(tmp_path / "runs.parquet")
    for replicate in range(2):
        of_replicate = rows[rows[tables.REPLICATE] == replicate]
        np.testing.assert_array_equal(
            of_replicate[list(tables.CELL_TYPES)],
            expected_counts(plan_simulation(POINT, replicate, base_seed=1)),
        )
    identity = read_provenance(tmp_path / "runs.parquet")["engine_identity"]
    assert identity == json.loads(json.dumps(physiboss_identity(project.config())))


def test_command_line_checks_the_engine(tmp_path: Path) -> None:
    project = make_project(tmp_path, "lacks a library")
    config = tmp_path / "study.yaml"
    config.write_text(yaml.safe_dump({"tnf": {"engine": project.section()}}), encoding="utf-8")
    run = theraflow("check-engine", config, cwd=tmp_path)
    assert run.returncode == 2
    assert "libraries are missing: load the modules" in run.stderr
    assert run.stderr.count("\n") == 1


def test_command_line_keeps_failures_as_rows(tmp_path: Path) -> None:
    project = make_project(tmp_path, "hangs")
    run = theraflow(
        *("simulate", "--engine", "physiboss", "--radius", "50", "--period", "323"),
        *("--duration", "102", "--concentration", "0.3007", "--replicates", "2"),
        *("--executable", project.executable, "--settings", project.settings),
        *("--time-limit", "0.01", "--out", "runs.parquet"),
        cwd=tmp_path,
    )
    assert run.returncode == 2
    assert "2 of 2 simulations have no result, the first timed_out: not finished" in run.stderr
    ledger = pd.read_parquet(tmp_path / "runs.ledger.parquet")
    assert list(ledger[schema.STATUS]) == ["timed_out", "timed_out"]
    assert ledger[schema.REASON].str.contains("logs/physiboss/").all()
    assert pd.read_parquet(tmp_path / "runs.parquet").empty
