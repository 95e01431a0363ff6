"""The page of a campaign: closed in itself, whatever is there."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.report.page.blocks import Section, Text, Widget
from theraflow.report.page.build import write_page
from theraflow.report.page.noted_config import note_config
from theraflow.report.page.render import Page, render
from theraflow.report.page.results import Results, open_results


class Links(HTMLParser):
    """Collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.anchors: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if (found := named.get("id")) is not None:
            self.ids.append(found)
        for name in ("src", "srcset", "href", "data", "action", "poster"):
            value = named.get(name)
            if value is not None and tag == "a":
                self.anchors.append(value)
            elif value is not None:
                self.loaded.append(value)


def links_of(html: str) -> Links:
    links = Links()
    links.feed(html)
    return links


def page_of(folder: Path, file: Path) -> str:
    study = load_study(REPOSITORY / "tests/config/tiny.yaml")
    write_page(Results(folder, study), file)
    return file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


def test_an_empty_folder_gives_a_page_that_says_what_is_missing(tmp_path: Path) -> None:
    html = page_of(tmp_path, tmp_path / "page.html")
    assert "Not computed: the surrogate of radius 50 µm has not been trained." in html
    assert "Not computed: the patients have not been selected." in html
    assert not re.search(r"\bnan\b", html)
    assert "None" not in html


def test_the_page_loads_nothing_and_its_anchors_lead_somewhere(tmp_path: Path) -> None:
    links = links_of(page_of(tmp_path, tmp_path / "page.html"))
    assert all(each.startswith("data:") for each in links.loaded)
    assert len(set(links.ids)) == len(links.ids)
    inner = {each.removeprefix("#") for each in links.anchors if each.startswith("#")}
    assert inner <= set(links.ids)


def test_data_of_widgets_cannot_end_their_script() -> None:
    data = {"text": "</script><script>alert(1)</script>&\u2028"}
    widget = Widget("w", Markup("<p></p>"), data, script="1;")
    html = render(Page("t", "l", (Section("s", "S", (widget,)),)))
    (embedded,) = re.findall(r'id="w-data">(.*?)</script>', html)
    assert json.loads(embedded) == data
    assert html.count("alert(1)") == 1
    assert "<script>alert" not in html


def test_texts_are_escaped_and_backticks_are_code() -> None:
    html = render(Page("t", "l", (Section("s", "S", (Text("<b> `a < b`"),)),)))
    assert "<p>&lt;b&gt; <code>a &lt; b</code></p>" in html


def test_the_config_is_the_noted_one(tmp_path: Path) -> None:
    assert open_results(tmp_path, []).study is None
    note_config({"tnf": {"tumor_radii_um": [75, 275]}}, tmp_path)
    study = open_results(tmp_path, []).study
    assert study is not None
    assert study.tnf.tumor_radii_um == (75, 275)


def test_a_folder_that_is_not_there_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        open_results(tmp_path / "gone", [])
