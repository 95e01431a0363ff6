"""Fingerprints follow the code, not its comments; a fingerprint's modules are all that decide."""

import ast
import re
import tomllib

import pytest
import yaml

from theraflow.campaign import files
from theraflow.campaign import provenance as provenance_module
from theraflow.campaign.files import find_file
from theraflow.campaign.provenance import (
    PACKAGE_FOLDER,
    code_text,
    git_commit,
    provenance,
    source_fingerprint,
)
from theraflow.errors import UserError
from theraflow.tnf.engine_fingerprint import ENGINE_MODULES

SOURCE = '''"""Module."""

class Cell:
    """A cell."""

    size = 1


def grow(cell):
    """Grow."""
    return cell.size + 1
'''


def test_comments_docstrings_and_formatting_do_not_count():
    rewritten = SOURCE.replace('"""Grow."""', '"""Grow a little."""\n    # why not').replace(
        "cell.size + 1", "(cell.size\n            + 1)"
    )
    assert code_text(rewritten) == code_text(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"), [("+ 1", "+ 2"), ("size = 1", "size = 1.0"), ("grow", "die")]
)
def test_code_counts(old, new):
    assert code_text(SOURCE.replace(old, new)) != code_text(SOURCE)


def test_a_function_of_a_docstring_only_stays_a_function():
    assert ast.parse(code_text('def wait():\n    """Do nothing."""\n'))


def test_fingerprints_tell_modules_apart_and_know_their_names():
    one, two = "theraflow.campaign.identity", "theraflow.campaign.files"
    assert source_fingerprint(one) != source_fingerprint(two)
    assert source_fingerprint(one, two) == source_fingerprint(two, one)
    assert source_fingerprint("theraflow.campaign") == source_fingerprint("theraflow.campaign", one)
    for name in ("theraflow.campaign.identiy", "os.path"):
        with pytest.raises(ModuleNotFoundError, match=name):
            source_fingerprint(name)


def test_provenance_names_versions_and_commit_and_nothing_volatile():
    content = provenance({"config": {"a": 1}}, ["numpy"])
    assert content == provenance({"config": {"a": 1}}, ["numpy"])
    assert content["config"] == {"a": 1}
    assert {"python", "theraflow", "numpy"} == set(content["versions"])


def test_the_commit_is_unknown_outside_a_repository(tmp_path, monkeypatch):
    monkeypatch.setattr("theraflow.campaign.provenance.REPOSITORY", tmp_path)
    assert git_commit() == "unknown"


def test_files_are_found_beside_the_user_then_in_the_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_file("LICENSE", "licence") == files.REPOSITORY / "LICENSE"
    (tmp_path / "LICENSE").write_text("mine")
    assert find_file("LICENSE", "licence") == tmp_path / "LICENSE"
    with pytest.raises(UserError, match=r"nothing\.yaml: no such file; give the path of the model"):
        find_file("nothing.yaml", "model")


def test_a_fingerprint_covers_what_a_module_imports_from_its_own_package(tmp_path, monkeypatch):
    monkeypatch.setattr("theraflow.campaign.provenance.PACKAGE_FOLDER", tmp_path / "theraflow")
    cells = tmp_path / "theraflow" / "cells"
    cells.mkdir(parents=True)
    (tmp_path / "theraflow" / "errors.py").write_text("x = 1")
    (cells / "growth.py").write_text(
        "from theraflow.cells.death import rate\nfrom theraflow.errors import x"
    )
    (cells / "death.py").write_text("from theraflow.cells import clock")
    (cells / "clock.py").write_text("hours = 24")
    (cells / "other.py").write_text("y = 1")

    def fingerprint() -> str:
        provenance_module._code_hash.cache_clear()
        return source_fingerprint("theraflow.cells.growth")

    before = fingerprint()
    for stranger in (cells / "other.py", tmp_path / "theraflow" / "errors.py"):
        stranger.write_text("y = 2")
        assert fingerprint() == before
    (cells / "clock.py").write_text("hours = 25")
    assert fingerprint() != before


def test_the_engine_s_fingerprint_covers_every_module_of_the_study_that_it_imports():
    embedded = sorted((PACKAGE_FOLDER / "tnf" / "embedded").glob("*.py"))
    imported = {
        name
        for file in embedded
        for name in re.findall(r"^\s*from (theraflow\.tnf\.\w+)", file.read_text(), re.MULTILINE)
    }
    # A simulation is the key of its result: its parameters and seed are in the id as values.
    # Where machine code is kept decides no result.
    no_part_of_it = {"theraflow.tnf.simulation", "theraflow.tnf.kernel_cache"}
    assert imported - no_part_of_it <= set(ENGINE_MODULES)
    assert imported


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
