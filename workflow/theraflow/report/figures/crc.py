"""Figures of the colorectal-cancer study, after Figs 1-5 of Esposito and Picchiami (2021).

Every function takes tables of ``theraflow.crc.comparison`` and returns a figure to be saved by
``style.save_figure``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style

_COLORS: Final = (
    style.BLUE,
    style.ORANGE,
    style.GREEN,
    style.VERMILION,
    style.PURPLE,
    "#56B4E9",
    "#B8A000",
)
_DASHES: Final[tuple[str | tuple[int, tuple[int, ...]], ...]] = ("-", "--", "-.", ":", (0, (5, 1)))
# From dark to light, so that the classes keep their order in black and white.
_RESPONSE_COLORS: Final = {"CR": "#08306B", "PR": "#4292C6", "SD": "#C6DBEF", "PD": "#E69F00"}
_EPONYMS: Final = {
    "levenberg_marquardt": "Levenberg-Marquardt",
    "nelder_mead": "Nelder-Mead",
}
_PANEL_HEIGHT_MM: Final = 60
_BAND_OPACITY: Final = 0.15
_DAYS_PER_WEEK: Final = 7


def untreated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw every patient's diameter without therapy relative to that at t0 (Fig. 1)."""
    untreated = courses[courses["arm"] == "untreated"]
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, _PANEL_HEIGHT_MM)
        for _, course in untreated.groupby("patient"):
            panel.plot(course["time_days"], course["relative_diameter"], color=style.GREY, lw=0.8)
        median = untreated.groupby("time_days")["relative_diameter"].median()
        panel.plot(median.index, median, color=style.BLACK, lw=2, label="median")
        _relative_axes(panel)
        panel.legend(loc="upper left")
    return figure


def treated_growth(courses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the diameters relative to t0 under the reference and each algorithm's therapy (Fig. 4).

    One panel per therapy: patients as thin lines, their median as a thick one, and the reference's
    median for comparison.
    """
    therapies = [name for name in _ordered(courses["arm"]) if name != "untreated"]
    columns = min(3, len(therapies))
    rows = -(-len(therapies) // columns)
    reference = courses[courses["arm"] == "reference"]
    reference_median = reference.groupby("time_days")["relative_diameter"].median()
    with style.style():
        figure, axes = style.new_figure(
            config, rows, columns, _PANEL_HEIGHT_MM, sharex=True, sharey=True
        )
        panels = [panel for row in axes for panel in row]
        for panel, therapy in zip(panels, therapies, strict=False):
            color = _color(therapy, therapies)
            chosen = courses[courses["arm"] == therapy]
            for _, course in chosen.groupby(["patient", "seed"]):
                panel.plot(course["time_days"], course["relative_diameter"], color=color, lw=0.6)
            median = chosen.groupby("time_days")["relative_diameter"].median()
            panel.plot(median.index, median, color=color, lw=2.2)
            panel.plot(reference_median.index, reference_median, color=style.BLACK, lw=1.2, ls="--")
            panel.set_title(_title(therapy))
            _relative_axes(panel)
        for panel in panels[len(therapies) :]:
            panel.set_axis_off()
        for panel in panels:
            panel.label_outer()
        figure.supxlabel("thin: patients; thick: median; dashed: median of the reference", size=7)
    return figure


def quality_and_drugs(summary: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw average relative inefficacy and drug quantity of every algorithm (Fig. 2)."""
    names = summary["algorithm"].tolist()
    with style.style():
        figure, [panels] = style.new_figure(config, 1, 2, _PANEL_HEIGHT_MM)
        for panel, value, label, reference in (
            (panels[0], "relative_inefficacy", "inefficacy relative to the reference", 1.0),
            (panels[1], "drug_quantity_percent", "drug quantity (% of the safe maximum)", 100.0),
        ):
            positions = np.arange(len(names))
            panel.barh(
                positions,
                summary[value],
                xerr=summary[f"{value}_sd"].fillna(0),
                color=[_color(name, names) for name in names],
                error_kw={"lw": 0.8, "capsize": 2},
            )
            panel.axvline(reference, color=style.BLACK, ls="--", lw=1, label="reference")
            panel.set_yticks(positions, [_title(name) for name in names])
            panel.invert_yaxis()
            panel.set_xlabel(f"{label}\nmean ± standard deviation over patients")
            panel.set_xlim(left=0)
        panels[1].set_yticklabels([])
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside upper right", frameon=False
        )
    return figure


def responses(counts: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw how many patients fall into every response class under every therapy (Fig. 3)."""
    table = counts.set_index("arm")
    table = table.loc[_ordered(counts["arm"])]
    share = 100 * table.div(table.sum(axis=1), axis=0)
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, _PANEL_HEIGHT_MM)
        left = np.zeros(len(share))
        for response, color in _RESPONSE_COLORS.items():
            width = share[response].to_numpy()
            panel.barh(np.arange(len(share)), width, left=left, color=color, label=response)
            _write_counts(panel, left, width, table[response].to_numpy(), dark=response == "CR")
            left += width
        panel.set_yticks(np.arange(len(share)), [_title(str(name)) for name in share.index])
        panel.invert_yaxis()
        panel.set_xlim(0, 100)
        panel.set_xlabel("patients (%)")
        figure.legend(loc="outside upper center", ncols=len(_RESPONSE_COLORS))
    return figure


def therapies(weekly_dose_mg: Mapping[str, NDArray[np.float64]], config: FiguresConfig) -> Figure:
    """Draw the weekly doses of one patient, a row per therapy, a column per drug (Fig. 5).

    ``weekly_dose_mg`` maps a therapy to doses of shape (2, weeks): atezolizumab, cibisatamab.
    """
    names = list(weekly_dose_mg)
    with style.style():
        figure, axes = style.new_figure(config, len(names), 2, 26, sharex=True, sharey="col")
        for row, name in zip(axes, names, strict=True):
            for panel, doses, drug in zip(
                row, weekly_dose_mg[name], ("atezolizumab", "cibisatamab"), strict=True
            ):
                weeks = np.arange(1, len(doses) + 1)
                given = doses > 0
                color = _color(name, names)
                panel.bar(weeks[given], doses[given], width=0.9, color=color)
                if name == names[0]:
                    panel.set_title(f"{drug} (mg)")
                panel.set_xlim(0, len(doses) + 1)
                panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            row[0].set_ylabel(_title(name), rotation=0, ha="right", va="center")
        for panel in axes[-1]:
            panel.set_xlabel("week of therapy")
    return figure


def best_so_far(
    by_evaluation: pd.DataFrame, by_seconds: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the objective of the best therapy so far against evaluations and against seconds."""
    names = _ordered(by_evaluation["algorithm"])
    with style.style():
        figure, [panels] = style.new_figure(config, 1, 2, _PANEL_HEIGHT_MM + 10, sharey=True)
        for panel, table, axis, label in (
            (panels[0], by_evaluation, "evaluation", "therapies simulated"),
            (panels[1], by_seconds, "seconds", "wall time (s)"),
        ):
            for index, name in enumerate(names):
                curve = table[table["algorithm"] == name]
                color, dashes = _color(name, names), _DASHES[index % len(_DASHES)]
                panel.plot(curve[axis], curve["mean"], color=color, ls=dashes, label=_title(name))
                panel.fill_between(
                    curve[axis],
                    curve["lower_quartile"],
                    curve["upper_quartile"],
                    color=color,
                    alpha=_BAND_OPACITY,
                    lw=0,
                )
            panel.set_xscale("log")
            panel.xaxis.set_major_formatter(FormatStrFormatter("%g"))
            panel.xaxis.set_minor_formatter(NullFormatter())
            panel.set_xlabel(label)
        panels[0].set_ylabel("objective J relative to the reference\nmean and quartiles")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _relative_axes(panel: Axes) -> None:
    panel.axhline(1, color=style.GREY, lw=0.6)
    panel.set_yscale("log")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel("days since therapy start")
    panel.set_ylabel("diameter relative to t0")


def _write_counts(
    panel: Axes,
    left: NDArray[np.float64],
    width: NDArray[np.float64],
    counts: NDArray[np.int64],
    *,
    dark: bool,
) -> None:
    for position, (start, length, count) in enumerate(zip(left, width, counts, strict=True)):
        if count:
            panel.text(
                start + length / 2,
                position,
                str(count),
                ha="center",
                va="center",
                color="white" if dark else "black",
            )


def _ordered(names: "pd.Series[str]") -> list[str]:
    """Put untreated and reference first, algorithms after them by name."""
    first = ["untreated", "reference"]
    present = set(names)
    return [name for name in first if name in present] + sorted(present - set(first))


def _color(name: str, names: Sequence[str]) -> str:
    if name in ("reference", "untreated"):
        return style.GREY
    algorithms = sorted(set(names) - {"reference", "untreated"})
    return _COLORS[algorithms.index(name) % len(_COLORS)]


def _title(name: str) -> str:
    return _EPONYMS.get(name, name.replace("_", " ").capitalize())
