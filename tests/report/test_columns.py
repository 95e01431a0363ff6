"""The reference of result files is written from the schemas, and explains every column."""

import pytest
from typer.testing import CliRunner

from theraflow.cli import app
from theraflow.core.files import REPOSITORY
from theraflow.report.columns import RESULT_TABLES, columns_reference

PAGE = REPOSITORY / "docs/results-reference.md"


@pytest.mark.parametrize("path", RESULT_TABLES)
def test_every_column_has_a_meaning(path):
    for field in RESULT_TABLES[path]:
        assert field.metadata[b"meaning"], field.name
        assert b"unit" in field.metadata, field.name


def test_every_file_is_on_the_page():
    page = columns_reference()
    assert all(f"`{path}`" in page for path in RESULT_TABLES)


def test_a_stale_page_is_told_with_the_remedy(tmp_path):
    stale = tmp_path / "page.md"
    stale.write_text(PAGE.read_text().replace("living cells", "cells"))
    run = CliRunner().invoke(app, ["results", "document", "--check", "--file", str(stale)])
    assert "make reference" in str(run.exception)
    assert "+| `alive`" in run.output
    assert CliRunner().invoke(app, ["results", "document", "--file", str(stale)]).exit_code == 0
    assert stale.read_text() == columns_reference()
