"""How the searches proceed, and how soon they reach their targets."""

from collections.abc import Callable
from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import title_of

_BAND_OPACITY: Final = 0.2
# Gaps below it, the least of the targets, are drawn there.
_LEAST_GAP: Final = 1e-3
_POINTS_OF_LINE: Final = 2
_SECONDS: Final = " (s)"
_AXES: Final = {
    "evaluation": "therapies simulated",
    "cpu_s": f"CPU time{_SECONDS}",
    "wall_s": f"wall time{_SECONDS}",
}
_MOST_COLUMNS: Final = 6
_ROW_HEIGHT_MM: Final = 30
_HEADING_HEIGHT_MM: Final = 13
_LONGEST_LINE: Final = 18
# Which multiples of powers of ten are labelled, by how often the least value is in the largest.
_LABELLED: Final = {30: (1,), 4: (1, 2, 5), 0: (1, 2, 4, 6)}

_Draw = Callable[[Axes, pd.DataFrame, bool], None]


def best_so_far(curves: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the gap to the best known against evaluations and time, a panel per algorithm.

    The algorithm has the steps of its median and the band between its quartiles; the medians of the
    others of its group are grey.
    """
    quartiles = ["lower_quartile", "median", "upper_quartile"]
    curves = curves.assign(**{name: curves[name].clip(lower=_LEAST_GAP) for name in quartiles})

    def draw(panel: Axes, curve: pd.DataFrame, is_own: bool) -> None:
        _steps(panel, curve, "median", is_own)
        if is_own:
            panel.fill_between(
                curve["budget"],
                curve["lower_quartile"],
                curve["upper_quartile"],
                step="post",
                color=style.BLUE,
                alpha=_BAND_OPACITY,
                lw=0,
            )
        panel.set_yscale("log")

    return _small_multiples(curves, draw, "gap to best", config)


def run_time_distribution(shares: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw which share of the targets searches have reached by evaluations, a panel per algorithm.

    The others of its group are grey.
    """

    def draw(panel: Axes, curve: pd.DataFrame, is_own: bool) -> None:
        _steps(panel, curve, "share", is_own)
        # A line at 0 is not cut in half.
        panel.set_ylim(-0.03, 1.03)

    by_evaluation = shares[shares["axis"] == "evaluation"]
    return _small_multiples(by_evaluation, draw, "targets reached", config)


def _steps(panel: Axes, curve: pd.DataFrame, value: str, is_own: bool) -> None:
    look: dict[str, Any] = (
        {"color": style.BLUE, "lw": 1.6, "zorder": 3}
        if is_own
        else {"color": style.PALE_GREY, "lw": 0.5}
    )
    panel.step(curve["budget"], curve[value], where="post", **look)
    if is_own and np.isfinite(curve[value]).sum() < _POINTS_OF_LINE:
        panel.text(0.5, 0.5, "nothing yet", transform=panel.transAxes, ha="center", size=6.5)


def _small_multiples(table: pd.DataFrame, draw: _Draw, label: str, config: FiguresConfig) -> Figure:
    """Draw a block for each group and axis, and in it a panel for each algorithm."""
    groups = list(dict.fromkeys(table["group"]))
    blocks = {
        (group, axis): rows
        for group in groups
        for axis in _AXES
        if len(rows := table[(table["group"] == group) & (table["axis"] == axis)])
    }
    heights_mm = [_HEADING_HEIGHT_MM + _ROW_HEIGHT_MM * _rows_of(rows) for rows in blocks.values()]
    with style.style():
        figure = style.empty_figure(config, sum(heights_mm))
        parts = figure.subfigures(len(blocks), 1, height_ratios=heights_mm, squeeze=False)
        for (part,), ((group, axis), rows) in zip(parts, blocks.items(), strict=True):
            title = "All algorithms" if group == "all" else group
            part.suptitle(
                f"{title}, against {_AXES[axis].removesuffix(_SECONDS)}", size=8, weight="bold"
            )
            _draw_block(part, rows, draw, label, _AXES[axis])
    return figure


def _draw_block(
    part: SubFigure, block: pd.DataFrame, draw: _Draw, label: str, axis_label: str
) -> None:
    names = sorted(block["algorithm"].unique())
    rows = _rows_of(block)
    columns = -(-len(names) // rows)
    grid = part.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    panels = [panel for row in grid for panel in row]
    for number, (name, panel) in enumerate(zip(names, panels, strict=False)):
        for other, curve in block.groupby("algorithm"):
            draw(panel, curve, other == name)
        panel.set_title(fill(title_of(name), _LONGEST_LINE), size=7)
        _budget_axis(panel, block)
        # The lowest of its column, also where the last row is not full.
        is_lowest = number + columns >= len(names)
        panel.tick_params(labelbottom=is_lowest)
        if is_lowest:
            panel.set_xlabel(axis_label.removesuffix(" simulated"))
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    # A shared scale that is set anew forgets its labels.
    for panel in panels:
        if panel.get_yscale() == "log":
            _label(panel.yaxis, *panel.get_ylim(), most=5)
    for row in grid:
        row[0].set_ylabel(label)


def _label(axis: Axis, lowest: float, highest: float, *, most: int) -> None:
    """Label decades, at most so many, and where there are few of them more."""
    subs = next(subs for factor, subs in _LABELLED.items() if highest > factor * lowest)
    style.label_log_axis(axis, subs, most, label="{x:,g}")


def _rows_of(block: pd.DataFrame) -> int:
    return -(-block["algorithm"].nunique() // _MOST_COLUMNS)


def _budget_axis(panel: Axes, block: pd.DataFrame) -> None:
    panel.set_xscale("log")
    _label(panel.xaxis, block["budget"].min(), block["budget"].max(), most=4)
