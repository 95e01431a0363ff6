"""Every figure of the catalogues: its tables, the words at its axes, what redraws it."""

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from docutils.core import publish_parts
from jinja2 import Template
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from support.figure_tables import tables_of_every_figure
from support.workflow_runs import TINY, Campaign

from theraflow.config.figures import FiguresConfig
from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.core.fingerprints import (
    PACKAGE_FOLDER,
    THERAFLOW,
    PackageCode,
    source_fingerprint,
)
from theraflow.report.catalogue.captions import captions_template
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.figures.style import save_figure, style

mpl.use("agg")

CONFIG = FiguresConfig(dpi=60)
FIGURES = TNF_FIGURES | CRC_FIGURES
TABLES = tables_of_every_figure()
TIME = {"time (h)"}
# Columns of x labels and of y labels; a therapy's name stands at an axis of categories.
LABELS: dict[str, tuple[set[str], set[str]]] = {
    "example_trajectories": (TIME, {"cells"}),
    "training_histories": ({"epoch"}, {"loss (no unit)"}),
    "general_training_history": ({"epoch"}, {"loss (no unit)"}),
    "relative_error_over_time": (TIME, {"per cell type\n(eq. 3, %)", "total count\n(%)"}),
    "cell_errors_over_time": (
        TIME,
        {"alive\n(cells)", "apoptotic\n(cells)", "necrotic\n(cells)"},
    ),
    "break_even_curves": ({"number of results"}, {"CPU time (h)"}),
    "coverage_over_time": (TIME, {"coverage (%)"}),
    "general_surrogate_errors": (TIME, {"relative error (eq. 3, %)"}),
    "engine_comparison": (
        TIME,
        {"Δ alive (cells)", "Δ apoptotic (cells)", "Δ necrotic (cells)", "relative error (%)"},
    ),
    "treatment_verification": (
        {"predicted living cells"},
        {"simulated living cells\n(95 % interval)"},
    ),
    "treatment_front": (
        {"TNF given (of C = 1 that never ends)"},
        {"living cells at the horizon"},
    ),
    "tumour_frames": (TIME, set()),
    "untreated_growth": ({"days since therapy start"}, {"diameter relative to t0"}),
    "quality_and_drugs": (
        {"inefficacy (% of the reference's)", "drug quantity (% of the reference's)"},
        set(),
    ),
    "responses": ({"number of patients"}, set()),
    "treated_growth": ({"days since therapy start"}, {"diameter relative to t0"}),
    "therapies_of_one_patient": ({"week of therapy"}, {"Reference", "Nelder-Mead", "Swarm"}),
    "best_so_far": (
        {"therapies", "CPU time (s)"},
        {"gap to best"},
    ),
    "run_time_distribution": ({"therapies"}, {"targets reached"}),
    "fronts": (
        {"drugs (% of the safe maximum)"},
        {"inefficacy\n(% of the reference's)"},
    ),
    "attainment": (
        {"drugs (% of the safe maximum)"},
        {"inefficacy (% of the reference's)"},
    ),
    "regimens": (
        {"inefficacy (% of the reference's)", "drug quantity (% of the safe maximum)"},
        set(),
    ),
}


def draw(figure_id: str) -> Figure:
    return FIGURES[figure_id].draw(TABLES[figure_id], CONFIG)


def columns_of(figure: Figure) -> list[list[Axes]]:
    """Return the panels with an axis to read, column by column, from top to bottom."""
    columns: dict[int, list[Axes]] = {}
    for panel in figure.axes:
        place = panel.get_subplotspec()
        if panel.axison and place is not None and len(panel.get_xticks()):
            columns.setdefault(place.colspan.start, []).append(panel)
    return list(columns.values())


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def test_every_figure_can_be_drawn_here() -> None:
    assert set(TABLES) == set(LABELS) == set(FIGURES)
    assert len(FIGURES) == len(TNF_FIGURES) + len(CRC_FIGURES)


@pytest.mark.parametrize("figure_id", FIGURES)
def test_axes_say_what_they_hold(figure_id: str) -> None:
    figure = draw(figure_id)
    columns = columns_of(figure)
    panels = [panel for column in columns for panel in column]
    assert {panel.get_xlabel() for panel in panels} - {""} == LABELS[figure_id][0]
    assert {panel.get_ylabel() for panel in panels} - {""} == LABELS[figure_id][1]
    for column in columns:
        assert column[-1].get_xlabel()
        assert column[-1].xaxis.get_tick_params()["labelbottom"]


@pytest.mark.parametrize("figure_id", FIGURES)
def test_nothing_reaches_beyond_the_paper(figure_id: str) -> None:
    figure = draw(figure_id)
    with style():
        figure.canvas.draw()
        drawn = figure.get_tightbbox()
    paper = figure.bbox_inches
    assert paper.width == pytest.approx(180 / 25.4)
    assert drawn.x0 >= paper.x0
    assert drawn.x1 <= paper.x1
    assert drawn.y0 >= paper.y0
    assert drawn.y1 <= paper.y1


@pytest.mark.parametrize(
    ("figure_id", "suffix"),
    [
        *((figure_id, "svg") for figure_id in FIGURES),
        *(("responses", each) for each in ("png", "pdf")),
    ],
)
def test_same_tables_give_the_same_bytes(figure_id: str, suffix: str, tmp_path: Path) -> None:
    config = FiguresConfig.model_validate({"formats": [suffix]})
    for copy in ("a", "b"):
        save_figure(draw(figure_id), tmp_path / copy, config)
    first, second = (tmp_path / f"{copy}.{suffix}" for copy in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.workflow
def test_every_table_is_made_by_a_rule(tmp_path: Path) -> None:
    changes = {"tnf": {"validation": {"second_engine": {"time_steps": "exact"}}}}
    jobs = Campaign(tmp_path).planned(changes=changes)
    made = {output for job in jobs for output in job.outputs}
    radii_um = load_study(REPOSITORY / TINY).tnf.tumor_radii_um
    for study, figures in (("tnf", TNF_FIGURES), ("crc", CRC_FIGURES)):
        for figure in figures.values():
            files = [file for files in figure.files(radii_um).values() for file in files]
            assert made.issuperset(files)
            assert f"results/{study}/figures/{figure.id}.svg" in made


def test_a_figure_names_all_modules_that_decide_how_it_looks() -> None:
    for figure in FIGURES.values():
        names = (module.removeprefix("theraflow.") for module in figure.code)
        files = {f"{name.replace('.', '/')}.py" for name in names}
        imported = {each for file in files for each in THERAFLOW.imported_files(file)}
        assert {file for file in imported if "report" in Path(file).parts} <= files


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        (
            "report/figures/tnf/errors",
            {"relative_error_over_time", "cell_errors_over_time", "general_surrogate_errors"},
        ),
        ("report/figures/crc/therapies", {"therapies_of_one_patient"}),
        ("report/figures/tnf/conventions", set(TNF_FIGURES)),
        ("report/figures/crc/conventions", set(CRC_FIGURES)),
        ("report/figures/style", set(FIGURES)),
        ("report/catalogue/tnf", set()),
        ("report/figures/write", set()),
    ],
)
def test_edited_code_redraws_what_it_draws(module: str, changed: set[str], tmp_path: Path) -> None:
    copy = tmp_path / PACKAGE_FOLDER.name
    shutil.copytree(PACKAGE_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / f"{module}.py"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n_EDITED = 1\n", encoding="utf-8")
    edited = PackageCode(copy)
    assert changed == {
        name
        for name, figure in FIGURES.items()
        if edited.fingerprint(*figure.code) != source_fingerprint(*figure.code)
    }


def test_every_caption_is_whole_in_the_report_of_snakemake() -> None:
    """Snakemake renders the template and then reads it as reStructuredText."""
    template = Template((REPOSITORY / "workflow/report/figures.rst").read_text(encoding="utf-8"))
    for name, figure in FIGURES.items():
        wildcards = SimpleNamespace(figure=name)
        text = template.render(snakemake=SimpleNamespace(wildcards=wildcards))
        body = publish_parts(text, writer="html")["body"]
        words = html.unescape(re.sub(r"<[^>]*>", "", body)).split()
        assert words == figure.caption.split()


def test_the_captions_for_snakemake_are_those_of_the_catalogue() -> None:
    file = REPOSITORY / "workflow/report/figures.rst"
    assert file.read_text(encoding="utf-8") == captions_template(), "run `make reference`"


def test_the_catalogues_import_nothing_that_draws() -> None:
    code = (
        "import sys, theraflow.report.catalogue.tnf, theraflow.report.catalogue.crc;"
        "print({'matplotlib', 'numpy', 'pandas', 'pydantic'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
