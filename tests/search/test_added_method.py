"""The method of docs/extending/add-optimiser.md, added as the page says, keeps to the contract."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY

PAGE = (REPOSITORY / "docs/extending/add-optimiser.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return code


def test_the_added_method_passes_the_tests_of_the_contract(tmp_path: Path) -> None:
    package = tmp_path / "workflow"
    shutil.copytree(
        REPOSITORY / "workflow/theraflow",
        package / "theraflow",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    code = block("python")
    (tmp_path / code.partition("\n")[0].removeprefix("# ")).write_text(code, encoding="utf-8")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("tests/search/test_contract.py", "-k", "steps"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(package)},
    )
    assert run.returncode == 0, run.stdout
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed
    assert int(passed[1]) >= 10


def test_the_config_of_the_page_is_one() -> None:
    study = load_study(yaml.safe_load(block("yaml")))
    assert study.crc.search.algorithms["steps"].settings == {"first_step": 0.5}
