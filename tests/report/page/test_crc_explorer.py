"""The explorer of patients: a therapy of the front is chosen, and told, and can be exported."""

import shlex
from collections.abc import Iterator
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.front_courses import CONFIG, DAYS, write_fronts

from theraflow.cli.crc.therapy_options import KnownTherapy, choose_therapy
from theraflow.report.page.explorer.crc import crc_explorer, explorer_data
from theraflow.report.page.render import Page, render
from theraflow.report.page.results import Results

pytestmark = pytest.mark.xdist_group("browser")
RESULT = "#crc-result"
CHOSEN = "#crc-front [aria-checked=true]"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_fronts(folder)
    return Results(folder, None)


@pytest.fixture(scope="module")
def file(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(render(Page("t", "l", (crc_explorer(results),))), encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The opened explorer; a request, an error or a message of the console fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page.set_default_timeout(10_000)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda request: seen.append(request.url.split("#")[0]))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert {each for each in seen if not each.startswith("blob:")} == {file.as_uri()}


def saved(page: Any, button: str) -> pd.DataFrame:
    with page.expect_download() as download:
        page.click(button)
    return pd.read_csv(StringIO(Path(download.value.path()).read_text(encoding="utf-8")))


def test_patients_tell_the_fewest_drugs_that_do_no_worse(results: Results) -> None:
    first, second = explorer_data(results)["patients"]
    assert first["label"] == "patient 1: 60.0 % of drugs suffice"
    assert second["label"] == "patient 2: 90.0 % of drugs suffice"
    assert [each["row"] for each in first["therapies"]] == [0, 1, 3, 4, 5, 6]
    assert len(first["front"]) == 5


def test_it_opens_on_the_patient_whose_inefficacy_falls_furthest(tmp_path: Path) -> None:
    write_fronts(tmp_path)
    assert explorer_data(Results(tmp_path, None))["opens_on"] == "patient_1"
    file = tmp_path / "crc/fronts/patient_1.parquet"
    front = pd.read_parquet(file)
    front["verified_relative_inefficacy_percent"] *= 2
    front.to_parquet(file)
    assert explorer_data(Results(tmp_path, None))["opens_on"] == "patient_2"


def test_without_courses_it_says_so(tmp_path: Path) -> None:
    html = render(Page("t", "l", (crc_explorer(Results(tmp_path, None)),)))
    assert "Not computed: the therapies of the fronts have not been simulated" in html


def test_it_opens_at_the_fewest_drugs_that_do_no_worse(page: Any) -> None:
    told = page.inner_text(RESULT)
    assert told.startswith("Inefficacy: 95.0 % of the reference's, with 60.0 % of the drugs")
    assert "Tumour 28.0 mm after 400 days, 20.0 mm at the start, 44.0 mm under the ref" in told
    assert "Found by CMA-ES" in told


def test_arrow_keys_move_along_the_front_and_a_click_chooses(page: Any) -> None:
    page.locator(CHOSEN).focus()
    for expected in ("120 %", "150 %"):
        page.keyboard.press("ArrowRight")
        assert page.inner_text(RESULT).startswith(f"Inefficacy: {expected}")
        assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    page.keyboard.press("ArrowRight")
    assert page.inner_text(RESULT).startswith("The reference therapy")
    page.locator("#crc-front [role=radio] .therapy").first.click()
    assert page.inner_text(RESULT).startswith("Inefficacy: 80.0 %")
    assert page.locator(CHOSEN).count() == 1


def test_a_patient_is_chosen_and_the_address_restores_it(page: Any, browser: Any) -> None:
    page.select_option("#crc-patient", "patient_2")
    assert page.inner_text(RESULT).startswith("Inefficacy: 90.0 %")
    page.locator(CHOSEN).focus()
    page.keyboard.press("ArrowRight")
    told = page.inner_text(RESULT)
    again = browser.new_page()
    again.goto(page.url)
    assert again.input_value("#crc-patient") == "patient_2"
    assert again.inner_text(RESULT) == told
    again.close()


def test_doses_course_and_command_are_those_of_the_therapy(page: Any, results: Results) -> None:
    front = results.table("crc/fronts/patient_1.parquet")
    doses = results.table("crc/fronts/doses/patient_1.parquet")
    assert front is not None
    assert doses is not None
    shown = saved(page, "#crc-save-doses")
    expected = doses.loc[doses["front_row"] == 1, list(shown)]
    np.testing.assert_allclose(shown, expected, atol=0.006)
    course = saved(page, "#crc-save-course")
    np.testing.assert_allclose(course["diameter_mm"], 20 + 2 * DAYS / 100)
    np.testing.assert_allclose(course["untreated_mm"], 20 + 7 * DAYS / 100)
    command = shlex.split(page.text_content("#crc-export"))
    assert command[:3] == ["theraflow", "crc", "export"]
    assert command[command.index("--patient") + 1] == "1"
    given = [value for name, value in pairwise(command) if name == "--parameter"]
    chosen = choose_therapy(KnownTherapy.REFERENCE, None, given, "1", CONFIG)
    np.testing.assert_array_equal(chosen.candidate, front.filter(like="parameter.").iloc[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_windows_hold_it(browser: Any, file: Path, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("#crc-front [role=radio]").count() == 5
    page.close()
