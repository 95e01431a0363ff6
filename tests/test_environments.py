"""The three places that say which packages are needed say the same."""

import re
import tomllib

import yaml

from theraflow.core.files import REPOSITORY

# Packages that conda-forge calls otherwise.
NAMES_OF_CONDA = {"matplotlib-base": "matplotlib", "pytorch": "torch"}


def names(requirements: list[str]) -> set[str]:
    """Names of packages, without versions and as PyPI compares them."""
    found = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def declared() -> dict[str, list[str]]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"jobs": project["dependencies"], "dev": project["optional-dependencies"]["dev"]}


def test_jobs_in_a_conda_environment_find_every_package() -> None:
    file = REPOSITORY / "envs" / "theraflow.yaml"
    *conda, by_pip = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"]
    installed = {NAMES_OF_CONDA.get(name, name) for name in names(conda)} | names(by_pip["pip"])
    # Snakemake runs outside of it.
    needed = {name for name in names(declared()["jobs"]) if not name.startswith("snakemake")}
    assert installed == needed | {"python", "pip"}


def test_every_package_is_pinned() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lock if not line.startswith("#")]
    assert all("==" in pin for pin in pins)
    assert names(declared()["jobs"] + declared()["dev"]) <= names(pins)
