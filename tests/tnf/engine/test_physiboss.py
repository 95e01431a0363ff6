"""PhysiBoSS as an engine: settings, private folders, and every way to fail, as a class."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from support.physiboss_project import POINT, SIMULATION, Project, expected_counts, make_project

from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_provenance
from theraflow.tnf import tables
from theraflow.tnf.campaign.preflight import check_feasible
from theraflow.tnf.engine.fingerprint import engine_fingerprint, engine_provenance
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.physiboss.identity import physiboss_identity
from theraflow.tnf.engine.physiboss.settings import program_seed
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


def texts(file: Path) -> dict[str, str]:
    """The text of every element without elements below, by path."""

    def below(element: ET.Element, path: str) -> dict[str, str]:
        if not len(element):
            return {path: element.text or ""}
        return {
            key: text
            for child in element
            for key, text in below(child, f"{path}/{child.tag}".lstrip("/")).items()
        }

    return below(ET.parse(file).getroot(), "")


def written_settings(project: Project, **more: object) -> dict[str, str]:
    """Simulate, and return the settings that the program was given."""
    make_engine(project.config(keep_folders=True, **more)).simulate(SIMULATION)
    (file,) = (project.folder.parent / "scratch").glob("*/PhysiCell_settings.xml")
    return texts(file)


def test_private_settings_differ_from_the_users_only_where_they_must(project: Project) -> None:
    theirs, given = texts(project.settings), written_settings(project)
    assert {path: text for path, text in given.items() if text != theirs[path]} == {
        "domain/z_min": "-10",
        "domain/z_max": "10",
        "domain/use_2D": "true",
        "overall/max_time": "1440",
        "parallel/omp_num_threads": "1",
        "save/folder": "output",
        "save/full_data/interval": "60",
        "save/full_data/enable": "true",
        "save/SVG/enable": "false",
        "user_parameters/random_seed": str(program_seed(SIMULATION.seed)),
        "user_parameters/tumor_radius": "50",
        "user_parameters/bnd_file": "./input/1_TNF_nodes.bnd",
        "user_parameters/cfg_file": "./input/0_TNF_conf.cfg",
        "user_parameters/time_add_tnf": "323",
        "user_parameters/duration_add_tnf": "102",
        "user_parameters/concentration_tnf": "0.3007",
    }


def test_three_dimensions(project: Project) -> None:
    given = written_settings(project, dimension=3)
    domain = {key: given[f"domain/{key}"] for key in ("use_2D", "z_min", "z_max")}
    assert domain == {"use_2D": "false", "z_min": "-400", "z_max": "400"}


def test_three_dimensions_of_given_extent(project: Project) -> None:
    given = written_settings(project, dimension=3, z_range_um=(-200, 250.5), threads=8)
    assert (given["domain/z_min"], given["domain/z_max"]) == ("-200", "250.5")
    assert given["parallel/omp_num_threads"] == "8"


def test_elements_elsewhere(project: Project) -> None:
    text = project.settings.read_text(encoding="utf-8")
    project.settings.write_text(
        text.replace("<PhysiCell_settings", "<PhysiCell_settings>\n<seed>1</seed><x").replace(
            '<x version="devel-version">', ""
        ),
        encoding="utf-8",
    )
    given = written_settings(project, mapping={"random_seed": "seed"})
    assert given["seed"] == str(program_seed(SIMULATION.seed))
    assert given["user_parameters/random_seed"] == "0"


def test_network_of_the_users_choice(project: Project, tmp_path: Path) -> None:
    network = tmp_path / "other.bnd"
    network.write_text("Node other {}", encoding="utf-8")
    given = written_settings(project, network_file=network)
    (folder,) = (tmp_path / "scratch").iterdir()
    copy = folder / given["user_parameters/bnd_file"]
    assert copy.read_text(encoding="utf-8") == "Node other {}"


def test_program_seeds_fit_and_differ() -> None:
    seeds = {program_seed(plan_simulation(POINT, number, base_seed=1).seed) for number in range(99)}
    assert len(seeds) == 99
    assert all(0 <= seed < 2**31 for seed in seeds)


FAILURES = {
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


def processes_that_mention(folder: Path) -> list[str]:
    commands = [
        file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if file.exists()
    ]
    return [command for command in commands if str(folder) in command]


def test_program_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, "hangs")
    script = tmp_path / "simulate.py"
    script.write_text(
        "from support.physiboss_project import SIMULATION, Project\n"
        "from theraflow.tnf.engine.make import make_engine\n"
        "from pathlib import Path\n"
        f"make_engine(Project(Path({str(project.folder)!r})).config()).simulate(SIMULATION)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path])},
    )
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


def test_fingerprint_follows_what_decides_results(project: Project, tmp_path: Path) -> None:
    def fingerprint(**more: object) -> str:
        return engine_fingerprint(project.config(**more))

    first = fingerprint()
    irrelevant = {"scratch_folder": tmp_path / "x", "keep_folders": True, "time_limit_min": 1}
    assert fingerprint(**irrelevant) == first
    other_settings = [
        fingerprint(dimension=3),
        fingerprint(threads=2),
        fingerprint(z_range_um=(-20, 20)),
        fingerprint(mapping={"random_seed": "user_parameters/time_add_tnf"}),
    ]
    other_files = []
    for file in (project.executable, project.settings, project.network):
        content = file.read_bytes()
        file.write_bytes(content + b"\n")
        other_files.append(fingerprint())
        file.write_bytes(content)
    assert len({first, *other_settings, *other_files}) == 8
    assert fingerprint() == first


def test_fingerprint_is_the_same_wherever_the_project_lies(tmp_path: Path) -> None:
    here, there = make_project(tmp_path / "here"), make_project(tmp_path / "there")
    assert engine_fingerprint(here.config()) == engine_fingerprint(there.config())
    given = there.config(network_file=there.network)
    assert engine_fingerprint(given) == engine_fingerprint(here.config(network_file=here.network))


def test_provenance_names_files_by_their_hash(project: Project) -> None:
    origin = engine_provenance(project.config())
    assert origin["engine_fingerprint"] == engine_fingerprint(project.config())
    sums = subprocess.run(
        ["sha256sum", project.executable, project.settings, project.network],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[::2]
    identity = origin["engine_identity"]
    assert [identity["executable_sha256"], identity["settings_sha256"]] == sums[:2]
    assert f"{sums[2]}  TNF_nodes.bnd" in identity["files_sha256"]


def test_settings_that_lack_mapped_elements(project: Project) -> None:
    text = project.settings.read_text(encoding="utf-8")
    for element in ("tumor_radius", "random_seed", "omp_num_threads"):
        text = re.sub(rf"(</?){element}\b", rf"\1x_{element}", text)
    project.settings.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        make_engine(project.config())
    message = str(error.value)
    assert "\n" not in message
    assert str(project.settings) in message
    for path, key in {
        "user_parameters/tumor_radius": "tumor_radius",
        "user_parameters/random_seed": "random_seed",
        "parallel/omp_num_threads": "threads",
    }.items():
        assert f"{path} (tnf.engine.mapping.{key})" in message


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
    "embedded in 3D": (
        lambda _: {"name": "embedded", "dimension": 3},
        "two dimensions only; choose tnf.engine.name: physiboss",
    ),
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
    program = project.executable if folder_is_mounted else Path("/opt/spheroid_TNF_model")
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
        *("--executable", "./spheroid_TNF_model", "--settings", "config/PhysiCell_settings.xml"),
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
