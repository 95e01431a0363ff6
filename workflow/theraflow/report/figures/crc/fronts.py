"""Fronts of inefficacy against drugs."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import title_of

_MOST_PANELS: Final = 9
_COLUMNS: Final = 3
_PANEL_HEIGHT_MM: Final = 48
_DRUGS: Final = "drug_quantity_percent"
_INEFFICACY: Final = "relative_inefficacy_percent"
_VERIFIED: Final = "verified_relative_inefficacy_percent"
_GIVEN: Final = ("merged", "reference", "untreated")
_OWN_COLORS: Final = (style.ORANGE, style.GREEN, style.PURPLE)
# From here on a linear axis would show the lower end as one line.
_WIDE_RANGE: Final = 8.0


def fronts(fronts: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the fronts of the first patients, a panel each, with the reference therapy."""
    subjects = fronts["subject"].unique()[:_MOST_PANELS]
    own = [name for name in fronts["front"].unique() if name not in _GIVEN]
    columns = min(_COLUMNS, len(subjects))
    rows = -(-len(subjects) // columns)
    with style.style():
        figure, axes = style.new_figure(config, rows, columns, _PANEL_HEIGHT_MM)
        panels = [panel for row in axes for panel in row]
        for panel, subject in zip(panels, subjects, strict=False):
            _draw_patient(panel, fronts[fronts["subject"] == subject], own)
            panel.set_title(title_of(subject))
        for panel in panels[len(subjects) :]:
            panel.set_axis_off()
        for row in axes:
            row[0].set_ylabel("inefficacy\n(% of the reference's)")
        for index in range(len(subjects)):
            if index + columns >= len(subjects):
                panels[index].set_xlabel("drugs (% of the safe maximum)")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
    return figure


def _draw_patient(panel: Axes, rows: pd.DataFrame, own: list[str]) -> None:
    merged = rows[rows["front"] == "merged"]
    verified = merged.dropna(subset=[_VERIFIED])
    best = merged.loc[[merged["objective"].idxmin()]]
    reference = rows[rows["front"] == "reference"]
    untreated = rows[rows["front"] == "untreated"]
    panel.plot(
        merged[_DRUGS],
        merged[_INEFFICACY],
        color=style.BLUE,
        drawstyle="steps-pre",
        label="front of all searches",
    )
    panel.plot(
        verified[_DRUGS],
        verified[_VERIFIED],
        ls="",
        marker="o",
        ms=3.5,
        mfc="none",
        mew=0.8,
        color=style.BLUE,
        label="verified by COPASI",
    )
    for name, color in zip(own, _OWN_COLORS, strict=False):
        front = rows[rows["front"] == name]
        panel.plot(
            front[_DRUGS],
            front[_INEFFICACY],
            color=color,
            lw=0.9,
            ls="--",
            drawstyle="steps-pre",
            label=f"{title_of(name)} alone",
        )
    panel.plot(best[_DRUGS], best[_INEFFICACY], "D", ms=5, color=style.VERMILION, label="lowest J")
    panel.plot(
        reference[_DRUGS], reference[_INEFFICACY], "*", ms=9, color=style.BLACK, label="reference"
    )
    panel.axhline(100, color=style.GREY, lw=0.6, ls=":")
    for value in untreated[_INEFFICACY]:
        panel.text(
            0.97,
            0.95,
            f"untreated: {value:,.0f} %",
            transform=panel.transAxes,
            ha="right",
            va="top",
            size=6.5,
            color=style.GREY,
        )
    panel.set_xlim(-3, 105)
    _inefficacy_axis(panel, pd.concat([merged[_INEFFICACY], reference[_INEFFICACY]]))


def _inefficacy_axis(panel: Axes, shown: "pd.Series[float]") -> None:
    if shown.max() > _WIDE_RANGE * shown.min():
        panel.set_yscale("log")
        style.label_log_axis(panel.yaxis, subs=(1,), most=6)
        panel.set_ylim(shown.min() / 1.5, shown.max() * 3)
        return
    room = max(0.12 * (shown.max() - shown.min()), 1e-3)
    panel.set_ylim(shown.min() - room, shown.max() + 2.5 * room)
    panel.ticklabel_format(axis="y", useOffset=False)
