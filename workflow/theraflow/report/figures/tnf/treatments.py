"""What treatments promise and what they hold, and what less TNF costs in cells."""

import re
from typing import Final, Literal

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, SymmetricalLogLocator

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import PANEL_HEIGHT_MM
from theraflow.tnf.treatment import tables

_COLUMNS: Final = 2
_COUNTS: Final = [
    tables.PREDICTED_LIVING_CELLS,
    tables.SIMULATED_LIVING_CELLS,
    tables.SIMULATED_LOWER,
    tables.SIMULATED_UPPER,
    tables.INITIAL_CELLS,
]
_TNF_GIVEN: Final = "TNF given (of C = 1 that never ends)"
# A single panel is no wider than one of two.
_ASPECT_OF_ONE: Final = 0.62
_COLORS: Final = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.GREY)
# From here on a linear axis would show the lower end as one line.
_WIDE_RANGE: Final = 8.0
# From here on, ticks of a logarithmic axis are powers of ten, and most of it would be few cells.
_DECADES: Final = 100.0
# So that a marker at no cells is seen as a whole.
_BELOW_ZERO: Final = -0.2


def treatment_verification(treatments: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw predicted against simulated living cells of the best treatments, a panel per target."""
    best = treatments[treatments[tables.KIND] == tables.BEST]
    with style.style():
        figure, panels = _panel_per_target(best, config)
        for target, panel in panels.items():
            rows, unit = _with_unit(best[best[tables.TARGET] == target])
            for evaluator, color in _colors(best).items():
                _draw_simulated(
                    panel,
                    rows[rows[tables.EVALUATOR] == evaluator],
                    tables.PREDICTED_LIVING_CELLS,
                    color,
                    _worded(evaluator),
                )
            first = rows.nsmallest(1, tables.RANK)
            panel.plot(
                first[tables.PREDICTED_LIVING_CELLS],
                first[tables.SIMULATED_LIVING_CELLS],
                ls="",
                marker="o",
                ms=8,
                mfc="none",
                mec=style.BLACK,
                mew=0.8,
                label="chosen by simulation",
            )
            most = _most_cells(rows) * 1.05
            panel.plot([0, most], [0, most], color=style.GREY, lw=0.8, ls=":", label="as promised")
            panel.set(xlim=(0, most), ylim=(0, most), xlabel=f"predicted {unit}")
            if _spans_decades(rows[tables.SIMULATED_LIVING_CELLS]):
                _by_decades(panel, "x", rows[tables.PREDICTED_LIVING_CELLS].max())
                _by_decades(panel, "y", most)
            panel.set_ylabel(f"simulated {unit}\n(95 % interval)")
        _legend(figure, panels)
    return figure


def treatment_front(treatments: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the living cells left against the TNF given, as predicted and as simulated."""
    front = treatments[treatments[tables.KIND] == tables.FRONT].sort_values(tables.TNF_GIVEN)
    with style.style():
        figure, panels = _panel_per_target(front, config)
        for target, panel in panels.items():
            rows, unit = _with_unit(front[front[tables.TARGET] == target])
            for evaluator, color in _colors(front).items():
                found = rows[rows[tables.EVALUATOR] == evaluator]
                panel.plot(
                    found[tables.TNF_GIVEN],
                    found[tables.PREDICTED_LIVING_CELLS],
                    color=color,
                    ls="--",
                    lw=0.9,
                    label=f"{_worded(evaluator)}, predicted",
                )
                label = f"{_worded(evaluator)}, simulated"
                _draw_simulated(panel, found, tables.TNF_GIVEN, color, label)
            initial = rows[tables.INITIAL_CELLS].mean()
            panel.axhline(initial, color=style.GREY, lw=0.8, ls=":", label="cells at the start")
            panel.set_xscale("log")
            panel.xaxis.set_minor_formatter(NullFormatter())
            cells = rows[tables.SIMULATED_LIVING_CELLS]
            if _spans_decades(cells):
                _by_decades(panel, "y", _most_cells(rows))
            elif cells.max() > _WIDE_RANGE * max(cells.min(), 1):
                panel.set_yscale("log")
                style.label_log_axis(panel.yaxis)
            panel.set(xlabel=_TNF_GIVEN, ylabel=f"{unit} at the horizon")
        _legend(figure, panels)
    return figure


def _most_cells(rows: pd.DataFrame) -> float:
    columns = [tables.PREDICTED_LIVING_CELLS, tables.SIMULATED_UPPER]
    return float(rows[columns].max().max())


def _spans_decades(cells: pd.Series) -> bool:
    return bool(cells.max() > _DECADES * max(cells.min(), 1))


def _by_decades(panel: Axes, axis: Literal["x", "y"], most: float) -> None:
    """Scale counts by logarithm from one cell on, with a place for none."""
    limits = (_BELOW_ZERO, 1.5 * max(most, 1.0))
    if axis == "x":
        panel.set_xscale("symlog", linthresh=1, linscale=0.5)
        panel.set_xlim(limits)
        scaled: Axis = panel.xaxis
    else:
        panel.set_yscale("symlog", linthresh=1, linscale=0.5)
        panel.set_ylim(limits)
        scaled = panel.yaxis
    scaled.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1))
    scaled.set_major_formatter("{x:g}")


def _with_unit(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return rows with their counts in a unit that they share, and its name.

    Where one treatment is for several radii, the radius that counts differs from row to row:
    their cells are told in percent of those at the start.
    """
    initial = rows[tables.INITIAL_CELLS]
    if (initial == initial.iloc[0]).all():
        return rows, "living cells"
    percent = rows[_COUNTS].mul(100 / initial, axis=0)
    return rows.assign(**{name: percent[name] for name in _COUNTS}), "living cells,\n% of the start"


def _worded(evaluator: str) -> str:
    return evaluator.replace("_refined", ", refined")


def _draw_simulated(panel: Axes, rows: pd.DataFrame, x: str, color: str, label: str) -> None:
    simulated = rows[tables.SIMULATED_LIVING_CELLS]
    panel.errorbar(
        rows[x],
        simulated,
        yerr=[simulated - rows[tables.SIMULATED_LOWER], rows[tables.SIMULATED_UPPER] - simulated],
        fmt=".",
        ms=4,
        lw=0.7,
        color=color,
        label=label,
    )


def _panel_per_target(table: pd.DataFrame, config: FiguresConfig) -> tuple[Figure, dict[str, Axes]]:
    targets = sorted(set(table[tables.TARGET]), key=_radii_of)
    columns = max(1, min(_COLUMNS, len(targets)))
    rows = max(1, -(-len(targets) // columns))
    figure, axes = style.new_figure(config, rows, columns, PANEL_HEIGHT_MM)
    panels = [panel for row in axes for panel in row]
    for panel in panels[len(targets) :]:
        panel.set_axis_off()
    if len(targets) == 1:
        panels[0].set_box_aspect(_ASPECT_OF_ONE)
    for target, panel in zip(targets, panels, strict=False):
        panel.set_title(_title_of(target))
    return figure, dict(zip(targets, panels, strict=False))


def _title_of(target: str) -> str:
    """Write the name of a target as people do, as in ``radii_50_to_275um``."""
    return target.replace("_", " ").replace("um", " µm")


def _radii_of(target: str) -> tuple[int, ...]:
    """Order targets by their number of radii, and the radii themselves."""
    radii = [int(radius) for radius in re.findall(r"\d+", target)]
    return len(radii), *radii


def _colors(table: pd.DataFrame) -> dict[str, str]:
    evaluators = sorted(table[tables.EVALUATOR].unique())
    return {name: _COLORS[index % len(_COLORS)] for index, name in enumerate(evaluators)}


def _legend(figure: Figure, panels: dict[str, Axes]) -> None:
    """Put one legend above all panels, with each label once."""
    handles: dict[str, Artist] = {}
    for panel in panels.values():
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside upper center",
        ncols=4,
    )
