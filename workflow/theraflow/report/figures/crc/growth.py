"""Tumour diameters over time, without and with therapies."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import PANEL_HEIGHT_MM, color_of, in_order, title_of

_DAYS: Final = "days since therapy start"
# More panels than these would not fit on a page in so few columns.
_MANY: Final = 9
_FEW_COLUMNS: Final = 3
# Axes over more than this label decades alone.
_WIDE: Final = 100
_LABEL_HEIGHT_MM: Final = 2.6
# Of the height of a panel; titles and labels take the rest.
_SHARE_OF_AXES: Final = 0.65


def untreated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw every patient's diameter without therapy relative to that at t0 (Fig. 1)."""
    untreated = courses[courses["arm"] == "untreated"]
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        median = _draw_patients(panel, untreated, style.GREY)
        panel.plot(median.index, median, color=style.BLACK, lw=2, label="median")
        _relative_axes(panel)
        _label_patients(panel, untreated, PANEL_HEIGHT_MM)
        panel.legend(loc="upper left")
    return figure


def treated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the diameters relative to t0 under the reference and each algorithm's therapy (Fig. 4).

    One panel per therapy: patients as thin lines with their numbers, their median as a thick one,
    and the same patients' median under the reference for comparison.
    """
    therapies = [name for name in in_order(courses["arm"]) if name != "untreated"]
    columns = min(_FEW_COLUMNS + (len(therapies) > _MANY), len(therapies))
    rows = -(-len(therapies) // columns)
    height_mm = config.width_mm / max(columns, 2)
    reference = courses[courses["arm"] == "reference"]
    with style.style():
        figure, axes = style.new_figure(config, rows, columns, height_mm, sharex=True, sharey=True)
        panels = [panel for row in axes for panel in row]
        for panel, therapy in zip(panels, therapies, strict=False):
            chosen = courses[courses["arm"] == therapy]
            color = style.GREY if therapy == "reference" else style.BLUE
            median = _draw_patients(panel, chosen, color)
            panel.plot(median.index, median, color=style.BLACK, lw=1.8)
            if therapy != "reference":
                of_same = reference[reference["subject"].isin(chosen["subject"])]
                median = of_same.groupby("time_days")["relative_diameter"].median()
                panel.plot(median.index, median, color=style.VERMILION, lw=1.2, ls="--")
            panel.set_title(title_of(therapy), fontsize=7 if columns > _FEW_COLUMNS else None)
            _relative_axes(panel)
        for panel, therapy in zip(panels, therapies, strict=False):
            _label_patients(panel, courses[courses["arm"] == therapy], height_mm)
        for panel in panels[len(therapies) :]:
            panel.set_axis_off()
        for number, panel in enumerate(panels):
            panel.label_outer()
            # The lowest of its column, also where the last row is not full.
            if len(therapies) - columns <= number < len(therapies):
                panel.set_xlabel(_DAYS)
                panel.tick_params(labelbottom=True)
        figure.supxlabel(
            "thin: patients, by their numbers; thick: median; dashed: median of the reference",
            size=7,
        )
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


def _draw_patients(panel: Axes, courses: pd.DataFrame, color: str) -> "pd.Series[float]":
    """Draw a thin line per patient; return their median over time."""
    for _, course in courses.groupby("subject"):
        panel.plot(course["time_days"], course["relative_diameter"], color=color, lw=0.7)
    median: pd.Series[float] = courses.groupby("time_days")["relative_diameter"].median()
    return median


def _label_patients(panel: Axes, courses: pd.DataFrame, height_mm: float) -> None:
    """Write the numbers of patients at the ends of their lines, as many as there is room for."""
    ends = courses.sort_values("time_days").groupby("subject").last()
    ends = ends.sort_values("relative_diameter")
    ends = ends[:: -(-len(ends) // int(_SHARE_OF_AXES * height_mm / _LABEL_HEIGHT_MM))]
    low, high = np.log(panel.get_ylim())
    least = (high - low) * _LABEL_HEIGHT_MM / (_SHARE_OF_AXES * height_mm)
    heights = np.exp(_apart(np.log(ends["relative_diameter"].to_numpy()), least, low, high))
    day = float(ends["time_days"].max())
    for subject, end, height in zip(ends.index, ends["relative_diameter"], heights, strict=True):
        panel.annotate(
            str(subject).removeprefix("patient_"),
            (day, end),
            (1.06 * day, height),
            va="center",
            size=6.5,
            arrowprops={
                "arrowstyle": "-",
                "lw": 0.4,
                "color": style.GREY,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _apart(
    heights: NDArray[np.float64], least: float, low: float, high: float
) -> NDArray[np.float64]:
    """Move increasing heights as little as needed to be ``least`` apart, between low and high."""
    steps = least * np.arange(len(heights))
    # Of heights less their places in the order, increasing ones are at least the step apart.
    apart = isotonic_regression(heights - steps).x + steps
    return np.clip(apart, low + steps, high - steps[::-1])


def _relative_axes(panel: Axes) -> None:
    panel.axhline(1, color=style.GREY, lw=0.6)
    panel.set_yscale("log")
    low, high = panel.dataLim.intervaly
    style.label_log_axis(panel.yaxis, subs=(1,) if high > _WIDE * low else (1, 2, 5))
    panel.set_xlabel(_DAYS)
    panel.set_ylabel("diameter relative to t0")
