"""A campaign as an RO-Crate: complete, described, and what the validator of its profile accepts."""

import json
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from support.result_folder import write_result_folder
from typer.testing import CliRunner

from theraflow import __version__
from theraflow.cli import app
from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.exchange.citation import read_citation
from theraflow.report.exchange.crate import Publication, write_crate
from theraflow.report.exchange.result_files import result_tables

VALIDATOR = REPOSITORY / ".crate-validator/bin/python"
STUDY = load_study(REPOSITORY / "tests/config/tiny.yaml")
TOLD = Publication("Ada Example", "https://creativecommons.org/licenses/by/4.0/")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with every table, one figure, a surrogate and a therapy."""
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_result_folder(folder)
    (folder / "tnf/figures").mkdir()
    (folder / "tnf/figures/example_trajectories.svg").write_text("<svg/>")
    (folder / "tnf/surrogates/general/card.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def crate(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    (folder / "therapies/patient_1").mkdir(parents=True)
    (folder / "therapies/patient_1/therapy.omex").write_bytes(b"PK")
    write_crate(results, STUDY, folder / "therapies", TOLD, folder / "crate")
    return folder / "crate"


@pytest.fixture(scope="module")
def entities(crate: Path) -> dict[str, dict[str, Any]]:
    graph = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_every_file_that_is_named_is_there_and_told(
    crate: Path, entities: dict[str, dict[str, Any]], results: Path
) -> None:
    for part in entities["./"]["hasPart"]:
        assert (crate / part["@id"]).exists(), part
        assert entities[part["@id"]].get("name")
    for table in result_tables(results):
        for file in table.files:
            told = entities[f"results/{file.relative_to(results).as_posix()}"]
            assert table.meaning in told["description"]
            assert told["contentSize"] == str(file.stat().st_size)
    figure = entities["results/tnf/figures/example_trajectories.svg"]
    assert figure["description"] == TNF_FIGURES["example_trajectories"].caption
    assert "patient_1" in entities["therapies/patient_1.omex"]["description"]


def test_the_run_leads_from_the_config_by_the_workflow_to_the_results(
    crate: Path, entities: dict[str, dict[str, Any]]
) -> None:
    run = entities["#run"]
    assert run["instrument"] == entities["./"]["mainEntity"] == {"@id": "Snakefile"}
    assert run["object"] == {"@id": "campaign.yaml"}
    assert load_study(crate / "campaign.yaml") == STUDY
    assert {"@id": "results/tnf/dataset.parquet"} in run["result"]
    assert entities[run["agent"]["@id"]]["name"] == "Ada Example"
    creator = entities[entities["Snakefile"]["creator"]["@id"]]
    assert creator["name"] in read_citation(REPOSITORY / "CITATION.cff").authors
    outputs = {output["@id"] for output in entities["Snakefile"]["output"]}
    for result in run["result"]:
        output = entities[result["@id"]].get("exampleOfWork")
        assert output is None or output["@id"] in outputs


def test_the_workflow_runs_from_the_crate(crate: Path) -> None:
    named = [path.relative_to(crate) for path in crate.rglob("*") if path.is_file()]
    assert Path("workflow/theraflow/__init__.py") in named
    assert Path("resources/tnf_spheroid/model.yaml") in named
    assert not [path for path in named if "__pycache__" in path.parts]
    load_study(crate / "config/config.yaml", crate / "campaign.yaml")


def test_a_validator_of_the_profile_accepts_it(crate: Path) -> None:
    if not VALIDATOR.exists():
        pytest.skip("no validator of crates: `make crate-validator` installs it")
    run = subprocess.run(
        [VALIDATOR, REPOSITORY / ".ci/validate_crate.py", crate],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "REQUIRED" not in run.stdout


def test_the_validator_rejects_a_crate_without_a_licence(crate: Path, tmp_path: Path) -> None:
    if not VALIDATOR.exists():
        pytest.skip("no validator of crates: `make crate-validator` installs it")
    content = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    content["@graph"] = [
        {key: value for key, value in entity.items() if key != "license"}
        for entity in content["@graph"]
    ]
    (tmp_path / "ro-crate-metadata.json").write_text(json.dumps(content))
    run = subprocess.run(
        [VALIDATOR, REPOSITORY / ".ci/validate_crate.py", tmp_path],
        capture_output=True,
        check=False,
    )
    assert run.returncode == 1


def test_the_command_packs_what_a_half_finished_campaign_has(tmp_path: Path) -> None:
    write_result_folder(tmp_path / "all")
    dataset = tmp_path / "results/tnf/dataset.parquet"
    dataset.parent.mkdir(parents=True)
    (tmp_path / "all/tnf/dataset.parquet").rename(dataset)
    (tmp_path / "results/config.yaml").write_text(yaml.safe_dump({"tnf": {"replicates": 3}}))
    out = tmp_path / "crate.zip"
    arguments = ["results", "crate", str(tmp_path / "results"), "--out", str(out)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    with ZipFile(out) as packed:
        assert "results/tnf/dataset.parquet" in packed.namelist()
        assert yaml.safe_load(packed.read("campaign.yaml"))["tnf"]["replicates"] == 3


def test_a_folder_that_is_there_is_not_written_into(results: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name a new one"):
        write_crate(results, STUDY, None, TOLD, tmp_path)


def test_the_files_about_theraflow_agree() -> None:
    citation = read_citation(REPOSITORY / "CITATION.cff")
    codemeta = json.loads((REPOSITORY / "codemeta.json").read_text(encoding="utf-8"))
    assert citation.version == codemeta["version"] == __version__
    assert citation.title == f"{codemeta['name']}: {codemeta['description']}"
    assert codemeta["license"] == f"https://spdx.org/licenses/{citation.licence}"
    assert tuple(author["name"] for author in codemeta["author"]) == citation.authors
    assert tuple(codemeta["keywords"]) == citation.keywords
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))["references"]
    dois = {f"https://doi.org/{each['doi']}" for each in cited if "doi" in each}
    assert {each["@id"] for each in codemeta["referencePublication"] if "@id" in each} == dois
