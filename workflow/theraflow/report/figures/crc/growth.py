"""Tumour diameters over time, without and with therapies."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import PANEL_HEIGHT_MM, color_of, in_order, title_of

_DAYS: Final = "days since therapy start"
# More panels than these would not fit on a page in so few columns.
_MANY: Final = 9
_FEW_COLUMNS: Final = 3
# Axes over more than this label decades alone.
_WIDE: Final = 100


def untreated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw every patient's diameter without therapy relative to that at t0 (Fig. 1)."""
    untreated = courses[courses["arm"] == "untreated"]
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        for _, course in untreated.groupby("subject"):
            panel.plot(course["time_days"], course["relative_diameter"], color=style.GREY, lw=0.8)
        median = untreated.groupby("time_days")["relative_diameter"].median()
        panel.plot(median.index, median, color=style.BLACK, lw=2, label="median")
        _relative_axes(panel)
        panel.legend(loc="upper left")
    return figure


def treated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the diameters relative to t0 under the reference and each algorithm's therapy (Fig. 4).

    One panel per therapy: patients as thin lines, their median as a thick one, and the same
    patients' median under the reference for comparison.
    """
    therapies = [name for name in in_order(courses["arm"]) if name != "untreated"]
    columns = min(_FEW_COLUMNS + (len(therapies) > _MANY), len(therapies))
    rows = -(-len(therapies) // columns)
    reference = courses[courses["arm"] == "reference"]
    with style.style():
        figure, axes = style.new_figure(
            config, rows, columns, config.width_mm / columns, sharex=True, sharey=True
        )
        panels = [panel for row in axes for panel in row]
        for panel, therapy in zip(panels, therapies, strict=False):
            color = color_of(therapy, therapies)
            chosen = courses[courses["arm"] == therapy]
            for _, course in chosen.groupby("subject"):
                panel.plot(course["time_days"], course["relative_diameter"], color=color, lw=0.6)
            median = chosen.groupby("time_days")["relative_diameter"].median()
            panel.plot(median.index, median, color=color, lw=2.2)
            of_same = reference[reference["subject"].isin(chosen["subject"])]
            median = of_same.groupby("time_days")["relative_diameter"].median()
            panel.plot(median.index, median, color=style.BLACK, lw=1.2, ls="--")
            panel.set_title(title_of(therapy), fontsize=7 if columns > _FEW_COLUMNS else None)
            _relative_axes(panel)
        for panel in panels[len(therapies) :]:
            panel.set_axis_off()
        for number, panel in enumerate(panels):
            panel.label_outer()
            # The lowest of its column, also where the last row is not full.
            if len(therapies) - columns <= number < len(therapies):
                panel.set_xlabel(_DAYS)
                panel.tick_params(labelbottom=True)
        figure.supxlabel("thin: patients; thick: median; dashed: median of the reference", size=7)
    return figure


def simulated_courses(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the diameter of one patient's tumour in one or several arms."""
    names = in_order(courses["arm"])
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        for name in names:
            course = courses[courses["arm"] == name]
            color = color_of(name, names)
            panel.plot(
                course["time_days"], course["diameter_mm"], color=color, label=title_of(name)
            )
        panel.set_xlabel(_DAYS)
        panel.set_ylabel("diameter (mm)")
        panel.set_ylim(bottom=0)
        panel.legend()
    return figure


def _relative_axes(panel: Axes) -> None:
    panel.axhline(1, color=style.GREY, lw=0.6)
    panel.set_yscale("log")
    low, high = panel.dataLim.intervaly
    panel.yaxis.set_major_locator(LogLocator(subs=(1,) if high > _WIDE * low else (1, 2, 5)))
    panel.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel(_DAYS)
    panel.set_ylabel("diameter relative to t0")
