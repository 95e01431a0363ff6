"""The page of a campaign: closed in itself, whatever is there."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from markupsafe import Markup
from PIL import Image
from support.small_campaign import COMMIT, DRAWING, study, write_small_campaign

from theraflow.core.errors import UserError
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.page import render as render_module
from theraflow.report.page.blocks import Picture, Section, Text, Widget
from theraflow.report.page.build import write_page
from theraflow.report.page.noted_config import note_config
from theraflow.report.page.pictures import drawing_uri, picture
from theraflow.report.page.render import Page, render
from theraflow.report.page.results import Results, open_results

THREE_MEGABYTES = 3 * 2**20


class Links(HTMLParser):
    """Collects what a page would load, its anchors, and the texts of its images."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.anchors: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if (found := named.get("id")) is not None:
            self.ids.append(found)
        if tag == "img":
            self.texts.append(named["alt"] or "")
        for name in ("src", "srcset", "href", "data", "action", "poster"):
            value = named.get(name)
            if value is not None:
                (self.anchors if tag == "a" else self.loaded).append(value)


def links_of(html: str) -> Links:
    links = Links()
    links.feed(html)
    return links


def html_of(results: Path) -> str:
    """Write the page of a folder; numbers are kept from their units by plain spaces."""
    file = results / "report/index.html"
    write_page(Results(results, study()), file)
    return file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_small_campaign(folder)
    return folder


def test_an_empty_folder_gives_a_page_that_says_what_is_missing(results: Path) -> None:
    html = html_of(results)
    assert "Nothing has been computed yet." in html
    assert "Not computed: the surrogate of radius 50 µm has not been trained." in html
    assert "Not computed: the patients have not been selected." in html
    assert "Not drawn yet: the figure “Response classes”." in html
    assert not re.search(r"\bnan\b", html)


def test_a_complete_campaign_misses_only_what_was_not_asked_for(complete: Path) -> None:
    html = html_of(complete)
    missing = re.findall(r'<p class="missing">(.*?)</p>', html)
    # The fixture has neither plans of batches nor ledgers.
    assert missing == [
        "Not computed: no simulation has been planned yet.",
        "Not known: how the pieces of work ended. There is no ledger yet.",
    ]
    assert not re.search(r"\bnan\b", html)
    assert COMMIT in html
    assert len(html) < THREE_MEGABYTES


def test_a_half_finished_campaign_tells_what_is_there(complete: Path, results: Path) -> None:
    write_small_campaign(results)
    (results / "tnf/surrogates/radius_400um/card.json").unlink()
    (results / "tnf/evaluation/radius_400um/errors.parquet").unlink()
    (results / "tnf/treatment/treatments.parquet").unlink()
    (results / "tnf/treatment/radius_100um/engine.verified.parquet").unlink()
    (results / "crc/fronts/front_summary.parquet").write_bytes(b"half a file")
    (results / "crc/figures/fronts.svg").unlink()
    html = html_of(results)
    missing = " ".join(re.findall(r'<p class="missing">(.*?)</p>', html))
    assert "the surrogate of radius 400 µm has not been trained" in missing
    assert "the treatments for radius 100 µm that evaluator <code>engine</code> finds" in missing
    assert "Cannot be read: crc/fronts/front_summary.parquet" in missing
    # Several sections ask for it; it is told once.
    assert str(missing).count("Cannot be read: crc/fronts/front_summary.parquet") == 1
    assert "the figure “What drugs buy, patient by patient”" in missing
    assert "Error at radius 100 µm" in html
    assert "Error at radius 400 µm" not in html
    assert "Best treatment, radius 100 µm" in html


def test_every_figure_of_the_catalogue_is_shown_once_with_its_caption(complete: Path) -> None:
    links = links_of(html_of(complete))
    not_asked_for = {"engine_comparison"}
    wanted = [
        figure.caption
        for figure in (*TNF_FIGURES.values(), *CRC_FIGURES.values())
        if figure.id not in not_asked_for
    ]
    assert sorted(links.texts) == sorted(wanted)


def test_the_page_loads_nothing_and_its_anchors_lead_somewhere(complete: Path) -> None:
    links = links_of(html_of(complete))
    assert links.loaded
    assert all(each.startswith("data:") for each in links.loaded)
    assert len(set(links.ids)) == len(links.ids)
    assert {each.removeprefix("#") for each in links.anchors} <= set(links.ids)


def test_a_drawing_keeps_its_shape_within_quotes() -> None:
    uri = drawing_uri(DRAWING)
    assert '"' not in uri
    assert unquote(uri.removeprefix("data:image/svg+xml,")) == (
        "<svg xmlns='http://www.w3.org/2000/svg' width='510.2pt' height='204pt' "
        "viewBox='0 0 510.2 204'><path d='M 10.12 10 L 400.98 150.5 ' "
        "style='stroke: #000000; fill: none'/></svg>"
    )


def test_a_large_drawing_gives_way_to_its_image(results: Path) -> None:
    figure = TNF_FIGURES["treatment_front"]
    folder = results / "tnf/figures"
    folder.mkdir(parents=True)
    many = "".join(f'<path d="M {number} 0 L 0 {number}"/>' for number in range(4000))
    (folder / f"{figure.id}.svg").write_text(DRAWING.replace("</svg>", f"{many}</svg>"))
    Image.new("RGBA", (1360, 544), "white").save(folder / f"{figure.id}.png")
    shown = picture(Results(results, None), "tnf", figure)
    assert isinstance(shown, Picture)
    assert shown.source.startswith("data:image/png;base64,")
    (folder / f"{figure.id}.svg").unlink()
    alone = picture(Results(results, None), "tnf", figure)
    assert isinstance(alone, Picture)
    assert (alone.width_px, alone.height_px) == (shown.width_px, shown.height_px) == (680, 272)


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


def test_the_config_is_the_noted_one(results: Path) -> None:
    assert open_results(results, []).study is None
    note_config({"tnf": {"tumor_radii_um": [75, 275]}}, results)
    noted = open_results(results, []).study
    assert noted is not None
    assert noted.tnf.tumor_radii_um == (75, 275)


def test_without_a_config_the_page_says_so(complete: Path) -> None:
    write_page(open_results(complete, []), complete / "report/index.html")
    html = (complete / "report/index.html").read_text(encoding="utf-8")
    assert "Not known: the config of this campaign." in html
    assert "Error at radius\N{NO-BREAK SPACE}" not in html
    assert "Error at radius 50" in html


def test_a_folder_that_is_not_there_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        open_results(tmp_path / "gone", [])


def _luminance(color: str) -> float:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_stands_out_from_what_is_behind_it(scheme: int) -> None:
    """Contrast by WCAG 2: 4.5 at least, in the light colours and in the dark ones."""
    style = (render_module._TEMPLATES / "page.css").read_text(encoding="utf-8")
    color = dict(re.findall(r"--([\w-]+): (#\w{6})", style.split(":root")[scheme + 1]))
    for ink in ("ink", "soft", "accent"):
        for ground in ("paper", "ground"):
            lower, higher = sorted([_luminance(color[ink]), _luminance(color[ground])])
            assert (higher + 0.05) / (lower + 0.05) >= 4.5, (ink, ground)
    lower, higher = sorted([_luminance(color["warn"]), _luminance(color["warn-ground"])])
    assert (higher + 0.05) / (lower + 0.05) >= 4.5
