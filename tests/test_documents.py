"""Documents lead to what is there, and the site has all of them."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from theraflow.core.files import REPOSITORY

DOCS = REPOSITORY / "docs"
# Written by `make docs`.
MADE = (DOCS / "site", DOCS / "api", DOCS / "config.md")
PAGES = sorted(
    page
    for page in [*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), *REPOSITORY.glob("config/*.md")]
    if not any(page.is_relative_to(made) for made in MADE)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"^(    |```).*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    files = [unquote(link.partition("#")[0]) for link in links if "://" not in link]
    assert [file for file in files if file and not (page.parent / file).exists()] == []


def test_the_site_has_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```$", index, re.MULTILINE | re.DOTALL)
    listed = {line for tree in trees for line in tree.splitlines() if line and line[0] != ":"}
    pages = {
        page.relative_to(DOCS).with_suffix("").as_posix()
        for page in PAGES
        if page.is_relative_to(DOCS) and page.name != "index.md"
    }
    assert listed == pages | {"config", "api/modules"}


def test_files_that_github_and_the_catalogue_read_are_yaml() -> None:
    templates = list((REPOSITORY / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    for file in [*templates, REPOSITORY / ".snakemake-workflow-catalog.yml"]:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert isinstance(content, dict)
        if "body" in content:
            assert {"name", "description"} <= set(content)
            ids = [item["id"] for item in content["body"]]
            assert len(set(ids)) == len(ids)
