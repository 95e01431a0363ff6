"""How the searches proceed, and how soon they reach their targets."""

from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, FuncFormatter, LogLocator, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import (
    PANEL_HEIGHT_MM,
    in_order,
    line_of,
    title_of,
)

_BAND_OPACITY: Final = 0.12
# Bands of more algorithms would hide each other.
_MOST_BANDS: Final = 5
# Gaps below it, the least of the targets, are drawn there.
_LEAST_GAP: Final = 1e-3
_AXES: Final = {
    "evaluation": "therapies simulated",
    "cpu_s": "CPU time (s)",
    "wall_s": "wall time (s)",
}


def best_so_far(curves: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the gap to the best known against evaluations and time, a row for each group."""
    figure, panels = _grid(curves, "gap to the best known, median", config)
    names = set(curves["algorithm"])
    quartiles = ["lower_quartile", "median", "upper_quartile"]
    curves = curves.assign(**{name: curves[name].clip(lower=_LEAST_GAP) for name in quartiles})
    with style.style():
        for (group, axis), panel in panels.items():
            shown = _rows(curves, group, axis)
            for row, (name, curve) in enumerate(shown.groupby("algorithm")):
                look = line_of(str(name), names, len(curve), row)
                panel.step(
                    curve["budget"],
                    curve["median"],
                    where="post",
                    label=title_of(str(name)),
                    **look,
                )
                if shown["algorithm"].nunique() <= _MOST_BANDS:
                    panel.fill_between(
                        curve["budget"],
                        curve["lower_quartile"],
                        curve["upper_quartile"],
                        step="post",
                        color=look["color"],
                        alpha=_BAND_OPACITY,
                        lw=0,
                    )
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    return _with_legend(figure, panels)


def run_time_distribution(shares: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw which share of the targets searches have reached by evaluations, a panel per group."""
    by_evaluation = shares[shares["axis"] == "evaluation"]
    figure, panels = _grid(by_evaluation, "share of targets reached", config)
    names = set(shares["algorithm"])
    with style.style():
        for (group, axis), panel in panels.items():
            shown = _rows(by_evaluation, group, axis)
            for row, (name, curve) in enumerate(shown.groupby("algorithm")):
                look = line_of(str(name), names, len(curve), row)
                panel.step(
                    curve["budget"],
                    curve["share"],
                    where="post",
                    label=title_of(str(name)),
                    **look,
                )
            panel.set_ylim(0, 1.02)
    return _with_legend(figure, panels)


def _grid(
    table: pd.DataFrame, label: str, config: FiguresConfig
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Make a panel for each group and axis that the table has, by their names."""
    groups = list(dict.fromkeys(table["group"]))
    axes = [axis for axis in _AXES if axis in set(table["axis"])]
    columns = len(axes) if len(axes) > 1 else min(2, len(groups))
    rows = -(-len(groups) * len(axes) // columns)
    with style.style():
        figure, grid = style.new_figure(config, rows, columns, PANEL_HEIGHT_MM + 10, sharey=True)
        places = [panel for row in grid for panel in row]
        wanted = [(group, axis) for group in groups for axis in axes]
        panels = dict(zip(wanted, places, strict=False))
        panels = {place: panel for place, panel in panels.items() if len(_rows(table, *place))}
        for panel in set(places).difference(panels.values()):
            panel.set_axis_off()
        for row in grid:
            row[0].set_ylabel(label)
        for (group, axis), panel in panels.items():
            panel.set_title("all algorithms" if group == "all" else group)
            panel.set_xscale("log")
            panel.xaxis.set_major_locator(_ticks(_rows(table, group, axis)))
            panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            panel.xaxis.set_minor_formatter(NullFormatter())
            panel.set_xlabel(_AXES[axis])
    return figure, panels


def _ticks(rows: pd.DataFrame) -> LogLocator:
    """Label more than decades where there are few of them."""
    is_wide = rows["budget"].max() > 30 * rows["budget"].min()
    return LogLocator(subs=(1,) if is_wide else (1, 2, 5))


def _rows(table: pd.DataFrame, group: str, axis: str) -> pd.DataFrame:
    return table[(table["group"] == group) & (table["axis"] == axis)]


def _with_legend(figure: Figure, panels: dict[tuple[str, str], Axes]) -> Figure:
    """Name every line once, whichever panels it is in."""
    handles: dict[str, Artist] = {}
    for panel in panels.values():
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(str(label), handle)
    names = in_order(handles)
    with style.style():
        figure.legend([handles[name] for name in names], names, loc="outside upper center", ncols=4)
    return figure
