"""Results as others read them: the page of examples, and the data package."""

import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from support.result_folder import write_result_folder
from typer.testing import CliRunner

from theraflow.cli import app
from theraflow.core.errors import UserError
from theraflow.core.file_hash import file_sha256
from theraflow.core.files import REPOSITORY
from theraflow.report.columns import RESULT_TABLES
from theraflow.report.exchange.datapackage import datapackage
from theraflow.report.exchange.result_files import result_tables
from theraflow.report.table_meanings import TABLE_MEANINGS

MEDIA_TYPES = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv"}
PAGE = (REPOSITORY / "docs/reading-results.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign")
    write_result_folder(folder / "results")
    return folder


def test_examples_in_python_and_sql_give_the_same_answers(
    campaign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(campaign)
    names: dict[str, object] = {}
    for example in examples("python"):
        exec(compile(example, "reading-results.md", "exec"), names)  # noqa: S102
    living_cells, best = names["living_cells"], names["best"]
    assert isinstance(living_cells, pd.DataFrame)
    assert isinstance(best, pd.DataFrame)
    assert living_cells[["pulse_period_min", "mean", "count"]].to_numpy().tolist() == [
        [60, 45, 2],
        [120, 70, 1],
    ]
    assert best[["subject", "algorithm"]].to_numpy().tolist() == [
        ["patient_1", "cma_es"],
        ["patient_2", "random"],
    ]
    assert names["unit"] == "min"

    of_treatments, of_patients, of_searches = (duckdb.sql(query).df() for query in examples("sql"))
    pd.testing.assert_frame_equal(of_treatments, living_cells, check_dtype=False)
    pd.testing.assert_frame_equal(of_patients, best.reset_index(drop=True), check_dtype=False)
    assert len(of_searches) == 4  # of one file: those of fronts and ledgers are others


def test_every_table_says_what_a_row_is() -> None:
    assert set(TABLE_MEANINGS) == set(RESULT_TABLES)
    assert all(meaning[0].islower() and meaning[-1] != "." for meaning in TABLE_MEANINGS.values())


def test_a_data_package_tells_every_table_but_the_working_ones(campaign: Path) -> None:
    run = CliRunner().invoke(app, ["results", "datapackage", str(campaign / "results")])
    assert run.exit_code == 0, run.output
    package = json.loads((campaign / "results/datapackage.json").read_text())
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert len(resources) == len(package["resources"])
    told = {resource["path"] for resource in resources.values()}
    written = {
        file.relative_to(campaign / "results").as_posix()
        for file in (campaign / "results").rglob("*.*")
        if file.suffix in (".parquet", ".csv")
    }
    assert told == {path for path in written if "/batches/" not in path and "/plans/" not in path}
    period = next(
        field
        for field in resources["tnf-dataset.parquet"]["schema"]["fields"]
        if field["name"] == "pulse_period_min"
    )
    assert (period["type"], period["unit"]) == ("integer", "min")
    for resource in resources.values():
        file = campaign / "results" / resource["path"]
        assert resource["hash"] == f"sha256:{file_sha256(file)}"
        assert resource["bytes"] == file.stat().st_size
        assert resource["mediatype"] == MEDIA_TYPES[resource["format"]]
        names = [field["name"] for field in resource["schema"]["fields"]]
        frame = pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)
        assert names == list(frame)


def test_files_of_other_columns_are_another_resource(campaign: Path, tmp_path: Path) -> None:
    searches = tmp_path / "crc/searches/patient_1"
    searches.mkdir(parents=True)
    table = pd.read_parquet(next((campaign / "results/crc/searches").glob("*/*-1.parquet")))
    for name in ("de-1", "de-2"):
        table.to_parquet(searches / f"{name}.parquet")
    more = table.columns[table.columns.str.startswith("parameter.")][0]
    table.rename(columns={more: "parameter.f_c"}).to_parquet(searches / "pso-1.parquet")
    first, second = json.loads(datapackage(tmp_path))["resources"]
    assert first["path"] == [f"crc/searches/patient_1/de-{seed}.parquet" for seed in (1, 2)]
    assert "hash" not in first
    assert second["path"] == "crc/searches/patient_1/pso-1.parquet"
    assert first["name"] != second["name"]


def test_a_folder_without_tables_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no table"):
        list(result_tables(tmp_path))
