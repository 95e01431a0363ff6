"""Provenance names what made a result, and nothing that changes from run to run."""

import re
import tomllib

import pytest
import yaml

from theraflow.core import files
from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.core.provenance import git_commit, provenance


def test_provenance_names_versions_and_commit_and_nothing_volatile():
    content = provenance({"config": {"a": 1}}, ["numpy"])
    assert content == provenance({"config": {"a": 1}}, ["numpy"])
    assert content["config"] == {"a": 1}
    assert {"python", "theraflow", "numpy"} == set(content["versions"])


def test_the_commit_is_unknown_outside_a_repository(tmp_path, monkeypatch):
    monkeypatch.setattr("theraflow.core.provenance.REPOSITORY", tmp_path)
    assert git_commit() == "unknown"


def test_files_are_found_beside_the_user_then_in_the_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_file("LICENSE", "licence") == files.REPOSITORY / "LICENSE"
    (tmp_path / "LICENSE").write_text("mine")
    assert find_file("LICENSE", "licence") == tmp_path / "LICENSE"
    with pytest.raises(UserError, match=r"nothing\.yaml: no such file; give the path of the model"):
        find_file("nothing.yaml", "model")


def test_the_conda_environment_holds_what_the_package_depends_on():
    project = tomllib.loads((files.REPOSITORY / "pyproject.toml").read_text())["project"]
    environment = yaml.safe_load((files.REPOSITORY / "envs" / "theraflow.yaml").read_text())
    wanted = {re.split("[ =><]", name)[0] for name in project["dependencies"]}
    # Snakemake runs outside of the environments of its rules.
    wanted = {name for name in wanted if not name.startswith("snakemake")}
    conda_names = {"matplotlib": "matplotlib-base", "torch": "pytorch"}
    *from_conda, from_pip = environment["dependencies"]
    present = {name.split(" ")[0] for name in from_conda} | set(from_pip["pip"])
    assert present == {conda_names.get(name, name) for name in wanted} | {"python", "pip"}
