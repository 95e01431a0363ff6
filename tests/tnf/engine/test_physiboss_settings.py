"""The settings that PhysiBoSS is given, the files that they name, and what decides its results."""

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.physiboss_project import POINT, SIMULATION, Project, expected_counts, make_project

from theraflow.core.errors import UserError
from theraflow.tnf.engine.fingerprint import engine_fingerprint, engine_provenance
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.physiboss.identity import physiboss_identity
from theraflow.tnf.engine.physiboss.settings import program_seed
from theraflow.tnf.simulation import plan_simulation
from theraflow.work.status import AttemptError


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


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


# As PhysiCell 1.14 has them: initial cells, rules, and the concentration at each face.
CURRENT_ELEMENTS = """\
  <initial_conditions>
    <cell_positions type="csv" enabled="true">
      <folder>./config/start</folder> <filename>cells.csv</filename>
    </cell_positions>
  </initial_conditions>
  <cell_rules> <rulesets>
    <ruleset format="csv" enabled="False">
      <folder>./config/start</folder> <filename>rules.csv</filename>
    </ruleset>
  </rulesets> </cell_rules>
  <variable name="TNF">
    <Dirichlet_boundary_condition enabled="True">10</Dirichlet_boundary_condition>
    <Dirichlet_options>
      <boundary_value ID="xmin">10</boundary_value> <boundary_value ID="xmax">10</boundary_value>
      <boundary_value ID="ymin">10</boundary_value> <boundary_value ID="ymax">10</boundary_value>
      <boundary_value ID="zmin">10</boundary_value> <boundary_value ID="zmax">10</boundary_value>
    </Dirichlet_options>
  </variable>
  <user_parameters>
"""


@pytest.fixture
def current(project: Project) -> Project:
    """A project whose settings have elements of PhysiCell 1.14."""
    text = project.settings.read_text(encoding="utf-8")
    project.settings.write_text(text.replace("  <user_parameters>\n", CURRENT_ELEMENTS), "utf-8")
    start = project.folder / "config/start"
    start.mkdir()
    (start / "cells.csv").write_text("x,y,z,type\n0,0,0,default\n9,0,0,default\n", "utf-8")
    (start / "rules.csv").write_text("default,TNF,increases,apoptosis\n", "utf-8")
    return project


def test_file_named_by_folder_and_filename_is_copied(current: Project, tmp_path: Path) -> None:
    given = written_settings(current)
    (folder,) = (tmp_path / "scratch").iterdir()
    pair = "initial_conditions/cell_positions"
    copy = folder / given[f"{pair}/folder"] / given[f"{pair}/filename"]
    original = current.folder / "config/start/cells.csv"
    assert copy.read_bytes() == original.read_bytes()
    assert not list(folder.rglob("*rules.csv"))
    assert given["cell_rules/rulesets/ruleset/folder"] == "./config/start"


def test_file_that_is_read_decides_the_fingerprint(current: Project) -> None:
    first = engine_fingerprint(current.config())
    start = current.folder / "config/start"
    (start / "rules.csv").write_text("", "utf-8")
    assert engine_fingerprint(current.config()) == first
    (start / "cells.csv").write_text("x,y,z,type\n", "utf-8")
    assert engine_fingerprint(current.config()) != first


def test_file_that_is_asked_for_and_missing(current: Project) -> None:
    (current.folder / "config/start/rules.csv").unlink()
    make_engine(current.config())
    (current.folder / "config/start/cells.csv").unlink()
    with pytest.raises(UserError, match=r"names the file \./config/start/cells\.csv") as error:
        make_engine(current.config())
    assert "\n" not in str(error.value)


def test_parameter_that_sets_several_elements(current: Project) -> None:
    variable = "variable[@name='TNF']"
    paths = [
        f"{variable}/Dirichlet_boundary_condition",
        f"{variable}/Dirichlet_options/boundary_value",
    ]
    config = current.config(mapping={"tnf_concentration": paths}, keep_folders=True)
    # The stand-in computes with the element of the old model, which must not be set any more.
    make_engine(config).simulate(SIMULATION)
    (file,) = (current.folder.parent / "scratch").glob("*/PhysiCell_settings.xml")
    root = ET.parse(file).getroot()
    found = [element.text for path in paths for element in root.findall(path)]
    assert found == ["0.3007"] * 7
    assert root.findtext("user_parameters/concentration_tnf") == "0.05"


@pytest.mark.parametrize(
    "path", ["user_parameters/tumor_radius", "user_parameters/*", ".//tumor_radius"]
)
def test_two_keys_on_one_element(project: Project, path: str) -> None:
    with pytest.raises(UserError, match="both set") as error:
        make_engine(project.config(mapping={"random_seed": path}))
    message = str(error.value)
    assert "random_seed" in message
    assert "\n" not in message


def test_phases_of_another_model(project: Project) -> None:
    simulation = plan_simulation(POINT, replicate=0, base_seed=1)
    with_lysed = project.config(phases={"necrotic": [101, 102], "lysed": []})
    counts, usual = make_engine(with_lysed).simulate(simulation), expected_counts(simulation)
    assert (counts[1:, 2] == usual[1:, 2] + 30).all()
    unknown = project.config(phases={"alive": 5})
    with pytest.raises(AttemptError, match=r"unknown phases \[14\]; tnf\.engine\.phases knows"):
        make_engine(unknown).simulate(simulation)


def test_phases_as_they_are_leave_the_fingerprint(project: Project) -> None:
    usual = {"alive": 14, "apoptotic": [100], "necrotic": 101, "lysed": [102]}
    assert engine_fingerprint(project.config(phases=usual)) == engine_fingerprint(project.config())
    assert "phases" not in physiboss_identity(project.config())


def test_phase_that_counts_twice(project: Project) -> None:
    with pytest.raises(ValidationError, match="give phase 102 once"):
        project.config(phases={"necrotic": [101, 102]})


def test_program_seeds_fit_and_differ() -> None:
    seeds = {program_seed(plan_simulation(POINT, number, base_seed=1).seed) for number in range(99)}
    assert len(seeds) == 99
    assert all(0 <= seed < 2**31 for seed in seeds)


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
        fingerprint(mapping={"drawing_enabled": "save/drawings"}),
        fingerprint(phases={"necrotic": [101, 102], "lysed": []}),
    ]
    other_files = []
    for file in (project.executable, project.settings, project.network):
        content = file.read_bytes()
        file.write_bytes(content + b"\n")
        other_files.append(fingerprint())
        file.write_bytes(content)
    assert len({first, *other_settings, *other_files}) == 9
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
