"""The page in a real browser: nothing is requested, nothing overflows, tables sort."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.small_campaign import study, write_small_campaign

from theraflow.report.page.build import write_page
from theraflow.report.page.results import Results

pytestmark = pytest.mark.xdist_group("browser")
TREATMENTS = "#tnf-treatments"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_small_campaign(folder)
    file = folder / "report/index.html"
    write_page(Results(folder, study()), file)
    return file


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The opened page; a request, an error or a message of the console fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    seen: list[str] = []
    page.on("console", lambda message: seen.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda request: seen.append(f"request: {request.url[:100]}"))
    page.goto(file.as_uri())
    yield page
    page.close()
    beyond = [each for each in seen if not each.startswith(("request: data:", "request: file:"))]
    assert beyond == []
    assert len([each for each in seen if each.startswith("request: file:")]) == 1


def column(page: Any, table: str, heading: str) -> list[str]:
    headings = [
        each.split(" (")[0] for each in page.locator(f"{table} th button").all_inner_texts()
    ]
    return page.locator(
        f"{table} tbody td:nth-child({headings.index(heading) + 1})"
    ).all_inner_texts()


def test_numbers_sort_up_and_down(page: Any) -> None:
    heading = page.get_by_role("columnheader", name="simulated (cells)").locator("button").first
    heading.click()
    rising = [float(each) for each in column(page, TREATMENTS, "simulated")]
    assert rising == sorted(rising)
    assert rising[0] < rising[-1]
    heading.click()
    falling = [float(each) for each in column(page, TREATMENTS, "simulated")]
    assert falling == sorted(rising, reverse=True)
    assert page.locator(f"{TREATMENTS} th[aria-sort]").count() == 1
    assert page.locator(f"{TREATMENTS} th[aria-sort=descending]").count() == 1


def test_texts_sort_from_the_keyboard(page: Any) -> None:
    button = page.locator("#provenance-files th button").first
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    files = column(page, "#provenance-files", "file")
    assert files[0] > files[-1]


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_reaches_beyond_the_window(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Wide tables and drawings scroll within a box that the keyboard reaches.
    wide = (
        "[...document.querySelectorAll('.scroll, .drawing')]"
        ".filter(e => e.scrollWidth > e.clientWidth)"
    )
    assert page.evaluate(
        f"{wide}.every(e => e.tabIndex === 0 && e.getAttribute('role') === 'region')"
    )
    if width == 400:
        assert page.evaluate(f"{wide}.length") > 0


def test_all_pictures_are_drawn_and_described(page: Any) -> None:
    images = page.evaluate(
        "Promise.all([...document.images].map(i => i.decode().then(() => [i.naturalWidth, i.alt])))"
    )
    assert len(images) > 15
    assert all(width > 0 and text for width, text in images)


def test_the_policy_refuses_what_was_not_written_with_the_page(browser: Any, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.intruder = true'}))"
    )
    assert page.evaluate("window.intruder") is None
    refused = page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    page.close()


def test_dark_mode_has_light_letters(browser: Any, file: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(file.as_uri())
    colors = page.evaluate(
        "(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))"
    )
    letters, ground = (sum(map(int, each[4:-1].split(","))) for each in colors)
    assert letters > ground
    page.close()
