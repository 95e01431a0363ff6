"""What a finished campaign reports: the page, and Snakemake's own report."""

import re
import zipfile
from pathlib import Path

import pytest
from support.workflow_runs import Campaign

from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES, VALIDATION_FIGURES
from theraflow.report.page.noted_config import CONFIG_NAME
from theraflow.report.page.results import open_results

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]
DRAWN = (set(TNF_FIGURES) - {figure.id for figure in VALIDATION_FIGURES}) | set(CRC_FIGURES)


def test_the_last_job_writes_a_page_that_misses_nothing(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results"
    html = (results / "report/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<p class="missing">(.*?)</p>', html) == []
    assert not re.search(r"\b(nan|None)\b", html)
    assert html.count("<img ") == len(DRAWN)
    assert len(html) < 3 * 2**20


def test_a_run_notes_its_config_for_pages_made_before_its_end(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results"
    assert (results / CONFIG_NAME).is_file()
    study = open_results(results, []).study
    assert study is not None
    assert study.tnf.tumor_radii_um == (50, 100)


def test_snakemake_packs_a_report_with_every_figure_table_and_the_page(
    finished_campaign: Campaign, tmp_path: Path
) -> None:
    run = finished_campaign.snakemake("--report", tmp_path / "report.zip")
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        packed = {Path(name).name for name in report.namelist()}
        text = report.read("report/report.html").decode()
    assert {f"{figure}.svg" for figure in DRAWN} <= packed
    results = finished_campaign.directory / "results"
    folders = ("tnf/evaluation", "tnf/treatment", "crc/comparison", "crc/fronts", "crc/regimens")
    tables = {file.name for folder in folders for file in (results / folder).glob("*.csv")}
    assert len(tables) > 15
    assert tables - {"iohprofiler.csv"} <= packed
    assert "index.html" in packed
    for figure in DRAWN:
        assert (TNF_FIGURES | CRC_FIGURES)[figure].title in text
