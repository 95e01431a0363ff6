"""The explorer of the spheroid: it predicts in the page what the command line predicts."""

import base64
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from support.general_surrogate import write_general_surrogate
from typer.testing import CliRunner

from theraflow.cli import app
from theraflow.config.load import load_study
from theraflow.config.study import StudyConfig
from theraflow.report.page.explorer.tnf import explorer_data, tnf_explorer
from theraflow.report.page.render import Page, render
from theraflow.report.page.results import Results
from theraflow.tnf import tables
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.uncertainty.ensemble import load_calibrated_surrogate
from theraflow.tnf.trajectories.arrays import trajectories
from theraflow.tnf.treatment.problem import tnf_given

pytestmark = pytest.mark.xdist_group("browser")
SURROGATE = "tnf/surrogates/general"
RESULT = "#tnf-result"
# Radii that were trained on, one between them, and pulses that outlast an hour.
POINTS = [(50, 300, 60, 0.5), (100, 700, 150, 0.9), (77, 410, 80, 0.45)]
BEST = {
    "target": "radius_100um",
    "horizon_min": 1440,
    "tumor_radius_um": 100,
    "pulse_period_min": 200,
    "pulse_duration_min": 50,
    "tnf_concentration": 0.75,
    "simulated_living_cells": 31.5,
    "simulated_lower": 28.0,
    "simulated_upper": 35.0,
    "replicates": 16,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_general_surrogate(folder)
    return Results(folder, None)


@pytest.fixture(scope="module")
def file(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(html_of(results), encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The opened explorer; a request, an error or a message of the console fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda request: seen.append(request.url.split("#")[0]))
    page.set_default_timeout(10_000)
    page.goto(file.as_uri())
    yield page
    page.close()
    assert {each for each in seen if not each.startswith("blob:")} == {file.as_uri()}


def html_of(results: Results) -> str:
    section = tnf_explorer(results, [BEST])
    assert section is not None
    return render(Page("t", "l", (section,)))


def ask(page: Any, *point: float) -> str:
    for name, value in zip(("radius", "period", "duration", "concentration"), point, strict=True):
        page.fill(f"#tnf-{name}", str(value))
    told: str = page.inner_text(RESULT)
    return told


def saved(page: Any) -> pd.DataFrame:
    with page.expect_download() as download:
        page.click("#tnf-save")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text))


def test_embedded_weights_and_simulations_are_those_of_the_files(results: Results) -> None:
    (text,) = re.findall(r'id="tnf-explorer-data">(.*?)</script>', html_of(results))
    data = json.loads(text)
    network = load_surrogate(results.folder / SURROGATE).network
    members = load_calibrated_surrogate(results.folder / SURROGATE).ensemble.networks
    embedded = [data["network"], *data["ensemble"]["members"]]
    for told, known in zip(embedded, (network, *members), strict=True):
        for name, tensor in known.state_dict().items():
            weights = np.frombuffer(base64.b64decode(told["weights"][name]), "<f4")
            assert np.array_equal(weights, tensor.numpy().ravel())
    simulated = data["simulations"]
    counts = np.frombuffer(base64.b64decode(simulated["counts"]), "<u4").reshape(-1, 25, 3)
    known = trajectories(pd.read_parquet(results.folder / "tnf/dataset.parquet"))
    assert np.array_equal(np.sort(counts.sum(axis=(1, 2))), np.sort(known.counts.sum(axis=(1, 2))))
    assert np.mean(simulated["unseen"]) == pytest.approx(0.25)


def test_what_is_missing_is_said(results: Results, tmp_path: Path) -> None:
    empty = tmp_path / "results"
    empty.mkdir()
    assert "surrogate of every radius has not been trained" in html_of(Results(empty, None))
    shutil.copytree(results.folder / SURROGATE, empty / SURROGATE)
    shutil.rmtree(empty / SURROGATE / "ensemble")
    assert "There is no interval" in html_of(Results(empty, None))
    (empty / "tnf/dataset.parquet").write_text("damaged", encoding="utf-8")
    damaged = Results(empty, None)
    data = explorer_data(damaged, [])
    assert data["ensemble"] is None
    assert data["simulations"] is None
    assert "tnf/dataset.parquet" in damaged.unreadable[0]


def test_tables_of_radii_serve_where_they_are_not_joined(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    shutil.copytree(results.folder / SURROGATE, folder / SURROGATE)
    (folder / "tnf/dataset").mkdir()
    dataset = pd.read_parquet(results.folder / "tnf/dataset.parquet")
    for radius, rows in dataset.groupby(tables.TUMOR_RADIUS_UM):
        rows.to_parquet(folder / f"tnf/dataset/radius_{radius}um.parquet")
    assert (
        explorer_data(Results(folder, None), [])["simulations"]
        == explorer_data(Results(results.folder, None), [])["simulations"]
    )


def test_the_config_tells_which_tables_hold_the_data_set(tmp_path: Path) -> None:
    dataset, blocks = tmp_path / "tnf/dataset", tmp_path / "tnf/dataset/radius_50um"
    files = [tmp_path / "tnf/dataset.parquet", dataset / "radius_50um.parquet"]
    files += [blocks / "block_0.parquet", blocks / "block_0.ledger.parquet"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    def tables_of(stored: str) -> list[str]:
        study = StudyConfig.model_validate({"tnf": {"dataset_tables": stored}})
        return Results(tmp_path, study).trajectory_tables()

    assert tables_of("joined") == ["tnf/dataset.parquet"]
    assert tables_of("radii") == ["tnf/dataset/radius_50um.parquet"]
    assert tables_of("blocks") == ["tnf/dataset/radius_50um/block_0.parquet"]


@pytest.mark.parametrize("point", POINTS)
def test_the_page_predicts_what_the_network_and_its_ensemble_do(
    page: Any, results: Results, point: tuple[float, ...]
) -> None:
    told = ask(page, *point)
    table = saved(page)
    folder = results.folder / SURROGATE
    radius, *pulses = point
    predicted = load_surrogate(folder).predict(radius, [pulses])[0]
    assert np.array_equal(table[["alive", "apoptotic", "necrotic"]], predicted)
    assert told.startswith(f"{predicted[-1, 0]:.0f} living cells after 24 h")
    known = load_calibrated_surrogate(folder).predict_with_intervals(radius, [pulses], 0.95)
    for column, values in (("mean", known.prediction), ("lower", known.lower)):
        shown = table[[f"{name}_{column}" for name in ("alive", "apoptotic", "necrotic")]]
        assert np.abs(shown.to_numpy() - values[0]).max() < 1e-2
    with torch.inference_mode():
        exact = load_surrogate(folder).network(torch.tensor([point], dtype=torch.float32))[0]
    # Whole counts could hide an error of half a cell; the drawn line does not.
    height = page.evaluate(LIVING_LINE)
    assert np.abs(np.array(height) - exact[:, 0].numpy()).max() < 0.1


# From pixels back to cells, by the ticks of the axis; paths have a tenth of a pixel.
LIVING_LINE = """
(() => {
  const texts = [...document.querySelectorAll('#tnf-chart .axes text[text-anchor=end]')];
  const ends = [texts[0], texts.at(-1)].map(
    (text) => [Number(text.getAttribute('y')) - 4, Number(text.textContent.replace(',', ''))]);
  const scale = (ends[1][1] - ends[0][1]) / (ends[1][0] - ends[0][0]);
  const cells = (y) => ends[0][1] + (y - ends[0][0]) * scale;
  const path = document.querySelector('#tnf-chart .drawing-area .line.living').getAttribute('d');
  return path.slice(1).split('L').map((pair) => cells(Number(pair.split(' ')[1])));
})()
"""


def test_the_command_predicts_the_same(page: Any, results: Results, monkeypatch: Any) -> None:
    told = ask(page, *POINTS[2])
    command = shlex.split(page.text_content("#tnf-predict"))
    monkeypatch.chdir(results.folder.parent)
    answer = CliRunner().invoke(app, command[1:])
    assert answer.exit_code == 0, answer.output
    living = re.search(r"^ *1440 +(\d+)", answer.output, re.MULTILINE)
    assert living is not None
    assert told.startswith(f"{living[1]} living cells")
    assert page.text_content("#tnf-simulate").startswith("theraflow tnf simulate ")


def test_sliders_move_and_the_address_restores_them(page: Any, browser: Any) -> None:
    ask(page, *POINTS[0])
    before = page.inner_text(RESULT)
    page.focus("#tnf-concentration-slider")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    assert float(page.input_value("#tnf-concentration")) > 0.5
    after = page.inner_text(RESULT)
    assert after != before
    again = browser.new_page()
    again.goto(page.url)
    assert again.inner_text(RESULT) == after
    assert again.input_value("#tnf-radius") == "50"
    again.close()


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ((101, 300, 60, 0.5), "trained on 50 to 100"),
        ((50.5, 300, 60, 0.5), "whole number"),
        ((50, 90, 120, 0.5), "longer than the 90 min"),
        ((50, 300, 60, 1.5), "trained on"),
        (("", 300, 60, 0.5), "give a number"),
    ],
)
def test_what_the_surrogate_does_not_know_is_refused(page: Any, point: Any, reason: str) -> None:
    told = ask(page, *point)
    assert told.startswith("Not predicted.")
    assert reason in told
    assert not page.is_visible("#tnf-chart")
    assert page.is_disabled("#tnf-save")
    assert not ask(page, *POINTS[0]).startswith("Not")
    assert page.is_visible("#tnf-chart")


def test_the_best_treatment_is_loaded(page: Any) -> None:
    # It is what the page opens with, too.
    assert "16 simulations left 31.5 living cells" in page.inner_text("#tnf-found")
    ask(page, *POINTS[0])
    assert page.inner_text("#tnf-found") == ""
    page.click("button[data-treatment]")
    assert page.input_value("#tnf-period") == "200"
    assert "16 simulations left 31.5 living cells" in page.inner_text("#tnf-found")


def found_by_search(page: Any, radius_um: int, limit_percent: float) -> str:
    ask(page, radius_um, *POINTS[1][1:])
    page.fill("#tnf-limit", str(limit_percent))
    page.click("#tnf-search")
    page.get_by_text("Predicted, not simulated").wait_for()
    told: str = page.inner_text("#tnf-found")
    return told


def allowed_treatments(results: Results, limit: float) -> np.ndarray:
    """Draw treatments that the surrogate knows and that give at most so much TNF."""
    scaling = load_surrogate(results.folder / SURROGATE).card.scaling
    treatments = np.random.default_rng(1).uniform(
        scaling.parameter_min, scaling.parameter_max, (400, 3)
    )
    treatments = treatments[treatments[:, 1] <= treatments[:, 0]]
    allowed = treatments[tnf_given(treatments, 1440) <= limit]
    assert len(allowed) > 50
    return allowed


def test_a_search_keeps_its_limit_and_ranks_by_the_upper_end_of_the_interval(
    page: Any, results: Results
) -> None:
    radius = POINTS[1][0]
    told = found_by_search(page, radius, 8)
    given = re.search(r"TNF given: ([\d.]+) %", page.inner_text(RESULT))
    assert given is not None
    assert float(given[1]) <= 8
    calibrated = load_calibrated_surrogate(results.folder / SURROGATE)

    def living(treatments: Any) -> tuple[np.ndarray, np.ndarray]:
        known = calibrated.predict_with_intervals(radius, treatments, 0.95)
        return known.lower[:, -1, 0], known.upper[:, -1, 0]

    shown = saved(page)[["pulse_period_min", "pulse_duration_min", "tnf_concentration"]]
    (lower,), (upper,) = living(shown.to_numpy()[:1])
    assert f"leave {lower:,.0f} to {upper:,.0f} living cells" in told
    assert upper <= living(allowed_treatments(results, 0.08))[1].min()
    assert "not checked" not in told


def test_a_search_between_radii_says_that_its_interval_was_not_checked(page: Any) -> None:
    told = found_by_search(page, 77, 100)
    assert "calibrated at 50 and 100 µm and not checked at 77 µm" in told
    # Whoever changes the treatment by hand is no longer told of the one that was found.
    page.fill("#tnf-concentration", "0.4")
    assert page.inner_text("#tnf-found") == ""


def test_without_intervals_a_search_ranks_by_the_prediction_and_says_so(
    browser: Any, results: Results, tmp_path: Path
) -> None:
    shutil.copytree(results.folder / SURROGATE, tmp_path / "results" / SURROGATE)
    shutil.rmtree(tmp_path / "results" / SURROGATE / "ensemble")
    file = tmp_path / "index.html"
    file.write_text(html_of(Results(tmp_path / "results", None)), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    told = found_by_search(page, 100, 8)
    living = re.match(r"(\d+) living", page.inner_text(RESULT))
    assert living is not None
    predicted = load_surrogate(results.folder / SURROGATE).predict(
        100, allowed_treatments(results, 0.08)
    )
    assert int(living[1]) <= predicted[:, -1, 0].min()
    assert "does not tell how sure it is" in told
    page.close()


def test_the_command_that_searches_simulates_what_it_finds(
    page: Any, results: Results, monkeypatch: Any, tmp_path: Path
) -> None:
    ask(page, *POINTS[2])
    command = shlex.split(page.text_content("#tnf-optimise"))
    assert command[command.index("--out") + 1] == "best_77um"
    monkeypatch.chdir(results.folder.parent)
    few = ["--evaluations", "20", "--candidates", "1", "--replicates", "2", "--workers", "1"]
    out = str(tmp_path / "best")
    answer = CliRunner().invoke(app, [*command[1:], *few, "--out", out])
    assert answer.exit_code == 0, answer.output
    assert pd.read_parquet(f"{out}/treatments.parquet")["tumor_radius_um"].tolist() == [77]


@pytest.mark.parametrize(
    ("tnf", "expected"),
    [
        ({"engine": {"time_steps": "exact"}}, "--time-steps exact"),
        ({"treatment": {"objective": {"caution": 1.5}}}, "--caution 1.5"),
        (
            {"treatment": {"objective": {"cells_weight": 2.0, "tnf_weight": 1.0}}},
            "--tnf-weight 0.5",
        ),
        ({"treatment": {"objective": {"cells_weight": 0.0, "tnf_weight": 1.0}}}, None),
    ],
)
def test_the_command_that_searches_weighs_as_the_campaign(
    results: Results, tnf: dict[str, Any], expected: str | None
) -> None:
    searches = {"searches": {"one": {"method": "sobol", "evaluator": "general"}}}
    config = tnf | {"treatment": searches | tnf.get("treatment", {})}
    data = explorer_data(Results(results.folder, load_study({"tnf": config})), [])
    if expected is None:
        assert data["optimise_command"] == ""
    else:
        assert expected in data["optimise_command"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_windows_hold_it_and_its_colours_have_contrast(
    browser: Any, file: Path, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    ground, *colours = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor,"
        " ...['living', 'apoptotic', 'necrotic'].map((name) => getComputedStyle("
        "document.querySelector(`#tnf-chart .line.${name}`)).stroke),"
        " getComputedStyle(document.querySelector('.pulse-mark')).fill]"
    )
    assert len(colours) == 4
    assert all(contrast(colour, ground) >= 3 for colour in colours)
    page.close()


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG 2.2 of two colours like ``rgb(0, 85, 140)``."""
    lights = []
    for colour in (first, second):
        shares = np.array([int(each) for each in re.findall(r"\d+", colour)[:3]]) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    return (max(lights) + 0.05) / (min(lights) + 0.05)
