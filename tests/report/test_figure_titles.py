"""A title above all panels covers nothing that is there already."""

import itertools

import matplotlib as mpl
import pytest
from support.figure_tables import histories, predictions, timing

from theraflow.config.figures import FiguresConfig
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.figures import style

mpl.use("agg")

TITLE = "spheroids in three dimensions"


@pytest.mark.parametrize(
    ("figure_id", "tables"),
    [
        ("example_trajectories", {"predictions": predictions()}),
        ("training_histories", {"histories": histories()}),
        ("break_even_curves", {"timing": timing()}),
    ],
)
def test_a_title_overlaps_neither_legend_nor_panels(figure_id, tables) -> None:
    figure = TNF_FIGURES[figure_id].draw(tables, FiguresConfig(dpi=60))
    style.entitle(figure, TITLE)
    figure.draw_without_rendering()
    texts = [panel.title for panel in figure.axes]
    for legend in figure.legends:
        texts += [legend.get_title(), *legend.get_texts()]
    if not figure.legends:
        assert figure.get_suptitle() == TITLE
        texts += figure.texts
    boxes = {text.get_text(): text.get_window_extent() for text in texts if text.get_text()}
    assert TITLE in boxes
    for first, second in itertools.combinations(boxes, 2):
        assert not boxes[first].overlaps(boxes[second]), (first, second)
