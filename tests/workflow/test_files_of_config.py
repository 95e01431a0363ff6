"""Files that the config names by relative paths, in campaigns of folders of their own."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.warm_snakemake import warm_snakemake
from support.workflow_runs import Campaign

from theraflow.core.files import REPOSITORY

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]

REFERENCE = Path("tests/data/tnf/physiboss_replicates.parquet")
# A dry run reads no model; any file of the repository is one to look for.
MODEL = Path("tests/data/README.md")
CASES = [
    (
        "results/tnf/validation/verdict.md",
        REFERENCE,
        lambda path: {"tnf": {"tumor_radii_um": [50], "validation": {"reference_file": path}}},
    ),
    (
        "results/crc/model/crc_qsp.xml",
        MODEL,
        lambda path: {"crc": {"model": {"sbml_file": path}}},
    ),
]


def dry_run(folder: Path, target: str, changes: dict[str, Any]) -> tuple[int, str]:
    campaign = Campaign(folder)
    asked = campaign.arguments("--dry-run", target=target, changes=changes)
    return warm_snakemake().run(asked, campaign.checkout)


@pytest.mark.parametrize(("target", "file", "changes"), CASES)
def test_a_file_of_the_repository(tmp_path: Path, target: str, file: Path, changes: Any) -> None:
    code, output = dry_run(tmp_path, target, changes(str(file)))
    assert code == 0, output
    assert str(REPOSITORY / file) in output


@pytest.mark.parametrize(("target", "file", "changes"), CASES)
def test_a_file_of_the_working_directory(
    tmp_path: Path, target: str, file: Path, changes: Any
) -> None:
    shutil.copyfile(REPOSITORY / file, tmp_path / "mine")
    code, output = dry_run(tmp_path, target, changes("mine"))
    assert code == 0, output
    assert " mine" in output


@pytest.mark.parametrize(("target", "file", "changes"), CASES)
def test_a_file_that_is_nowhere(tmp_path: Path, target: str, file: Path, changes: Any) -> None:
    code, output = dry_run(tmp_path, target, changes("nowhere.file"))
    assert code != 0
    assert "nowhere.file: no such file" in output
