"""The study of docs/extending/add-study.md, built as the page says, runs and keeps to the rules."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from support.workflow_runs import Campaign, copy_checkout

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

PAGE = (REPOSITORY / "docs/extending/add-study.md").read_text(encoding="utf-8")


def build_study(checkout: Path) -> list[str]:
    """Write the files of the page, and add its lines to files that are there; name the new ones."""
    new = []
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        title, _, text = code.partition("\n")
        path = title.removeprefix("# ").removeprefix("add to ")
        file = checkout / path
        if "add to" in title:
            present = file.read_text(encoding="utf-8")
            imports = [line for line in text.splitlines() if line.startswith("from ")]
            others = [line for line in text.splitlines() if line not in imports]
            if imports:
                present = re.sub(r"^from ", f"{imports[0]}\nfrom ", present, count=1, flags=re.M)
            file.write_text(f"{present}\n{chr(10).join(others)}\n", encoding="utf-8")
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(code, encoding="utf-8")
            new.append(path)
    return new


def test_the_study_of_the_page_runs_and_is_made_anew_when_its_settings_change(
    tmp_path: Path,
) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    new = build_study(checkout)
    (tmp_path / "run").mkdir()
    campaign = Campaign(tmp_path / "run", checkout)
    run = campaign.snakemake(target="decay", changes={"decay": {"horizon_days": 7}})
    assert run.returncode == 0, run.stderr

    courses = pq.read_table(tmp_path / "run/results/decay/courses.parquet")
    assert courses.schema.field("rate_per_day").metadata[b"unit"] == b"1/day"
    half = courses.to_pandas().query("rate_per_day == 0.1 and time_days == 7")["relative_size"]
    np.testing.assert_allclose(half, 0.5, atol=0.01)
    same = {"decay": {"horizon_days": 7}}
    assert campaign.planned(target="decay", changes=same) == []
    again = campaign.planned(target="decay", changes={"decay": {"horizon_days": 8}})
    assert {job.rule for job in again} == {"simulate_decay", "decay"}

    style = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--no-cache", "--config"),
            *(REPOSITORY / "pyproject.toml", *(path for path in new if path.endswith(".py"))),
        ],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert style.returncode == 0, style.stdout
