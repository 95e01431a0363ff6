"""Containers: not built by tests, but what they install is what the lock says."""

import re
import subprocess
from pathlib import Path

import pytest

from theraflow.core.files import REPOSITORY

RECIPES = ("Dockerfile", "apptainer.def")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_installs_the_lock_and_then_only_the_package(name: str) -> None:
    recipe = (REPOSITORY / name).read_text(encoding="utf-8")
    installs = re.findall(r"pip install [^&\n]*", recipe.replace("\\\n", " "))
    assert len(installs) == 2
    assert "--requirement requirements.lock" in installs[0]
    assert "whl/cpu" in installs[0]
    assert "--no-deps" in installs[1]
    assert "python:3.11" in recipe


def test_snakemake_in_a_container_is_told_the_workflow(tmp_path: Path) -> None:
    (tmp_path / "snakemake").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "snakemake").chmod(0o755)
    entrypoint = REPOSITORY / ".container/entrypoint"
    said = [
        subprocess.run(
            [entrypoint, *command],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for command in (["snakemake", "tnf", "-n"], ["echo", "a b"])
    ]
    assert said[0][:2] == ["--snakefile", "/opt/theraflow/Snakefile"]
    assert said[0][-2:] == ["tnf", "-n"]
    assert said[1] == ["a b"]
