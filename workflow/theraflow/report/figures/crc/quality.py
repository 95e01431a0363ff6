"""What the therapies found achieve: inefficacy, drug quantity, response classes."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import in_order, panel_height_mm, title_of

# From dark to light, so that the classes keep their order in black and white.
_RESPONSES: Final = {
    "CR": ("complete response (CR)", "#08306B"),
    "PR": ("partial response (PR)", "#4292C6"),
    "SD": ("stable disease (SD)", "#C6DBEF"),
    "PD": ("progressive disease (PD)", style.ORANGE),
}
_READINGS: Final = {
    "final_diameter": "final against initial diameter",
    "recist_1_1": "RECIST 1.1 at the horizon",
}
_BUDGETS: Final = {"evaluation": "evaluations", "wall_s": "s"}
_QUANTITIES: Final = {
    "relative_inefficacy": (100, "inefficacy (% of the reference's)"),
    "drug_quantity_percent": (1, "drug quantity (% of the reference's)"),
}
_REFERENCE_PERCENT: Final = 100
# Height of the row of an algorithm: of its name, and of its patients.
_LEAST_ROW_MM: Final = 8.0
_PATIENT_MM: Final = 0.55
_HEADING_MM: Final = 20.0
_SHARE_OF_ROW: Final = 0.7
_ROOM: Final = 0.05


def quality_and_drugs(therapies: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw inefficacy and drugs of each patient's therapy beside the reference's (Fig. 2).

    A row of panels per group of algorithms, in it a row per algorithm, the best mean J first. A
    line leads from the reference to the mean of the patient's seeds.
    """
    groups = dict(iter(therapies.groupby("group", sort=False)))
    heights_mm = [_height_mm(of_group) for of_group in groups.values()]
    with style.style():
        figure, axes = style.new_figure(
            config,
            len(groups),
            len(_QUANTITIES),
            sum(heights_mm) / len(groups),
            sharey="row",
            height_ratios=heights_mm,
        )
        for row, (name, of_group) in zip(axes, groups.items(), strict=True):
            ranked = of_group.groupby("algorithm")["relative_objective"].mean().sort_values()
            for panel, (value, (factor, label)) in zip(row, _QUANTITIES.items(), strict=True):
                _draw_pairs(panel, of_group, list(ranked.index), value, factor)
                panel.set_xlabel(label)
            row[0].set_yticks(range(len(ranked)), [title_of(each) for each in ranked.index])
            row[0].set_ylim(len(ranked) - 0.5, -0.5)
            row[0].set_title(_describe(str(name), of_group), loc="left", weight="bold")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def responses(counts: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw how many patients fall into every response class under every therapy (Fig. 3)."""
    readings = sorted(set(counts["reading"]))
    arms = in_order(counts["arm"])
    with style.style():
        figure, [panels] = style.new_figure(
            config, 1, len(readings), panel_height_mm(arms), sharey=True
        )
        for panel, reading in zip(panels, readings, strict=True):
            table = counts[counts["reading"] == reading].set_index("arm").loc[arms]
            left = np.zeros(len(arms))
            for response, (label, color) in _RESPONSES.items():
                width = table[response].to_numpy(float)
                panel.barh(
                    np.arange(len(arms)), width, left=left, color=color, ec="k", lw=0.4, label=label
                )
                _write_counts(panel, left, width, response == "CR")
                left += width
            panel.set_yticks(np.arange(len(arms)), [title_of(arm) for arm in arms])
            panel.set_xlim(0, left.max())
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            panel.set_title(_READINGS[reading])
            panel.set_xlabel("number of patients")
        panels[0].invert_yaxis()
        figure.legend(
            *panels[0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=len(_RESPONSES),
        )
    return figure


def _height_mm(of_group: pd.DataFrame) -> float:
    row_mm = max(_LEAST_ROW_MM, _PATIENT_MM * of_group["subject"].nunique())
    return _HEADING_MM + row_mm * of_group["algorithm"].nunique()


def _draw_pairs(
    panel: Axes, of_group: pd.DataFrame, algorithms: list[str], value: str, factor: float
) -> None:
    percent = factor * of_group.pivot_table(value, "algorithm", "subject")
    # Each patient has one place within the row of every algorithm.
    steps = (np.arange(percent.shape[1]) + 0.5) / percent.shape[1] - 0.5
    for row, name in enumerate(algorithms):
        found = percent.loc[name].to_numpy()
        places = row + _SHARE_OF_ROW * steps
        for is_chosen, color, marker, label in (
            (found <= _REFERENCE_PERCENT, style.BLUE, "o", "no more than the reference"),
            (found > _REFERENCE_PERCENT, style.VERMILION, "D", "more than the reference"),
        ):
            panel.hlines(places[is_chosen], _REFERENCE_PERCENT, found[is_chosen], color, lw=0.6)
            panel.plot(
                found[is_chosen],
                places[is_chosen],
                marker,
                ms=2.6,
                color=color,
                label=label if row == 0 else None,
            )
        mean = found.mean()
        panel.plot(
            [mean, mean],
            [row - 0.45, row + 0.45],
            color=style.BLACK,
            lw=1.6,
            label="mean" if row == 0 else None,
        )
    panel.axvline(_REFERENCE_PERCENT, color=style.BLACK, ls="--", lw=1, label="reference")
    _percent_axis(panel, percent.to_numpy())
    panel.tick_params(axis="y", length=0)


def _percent_axis(panel: Axes, percent: NDArray[np.float64]) -> None:
    """Begin at 0, unless all values are close to the reference."""
    low, high = min(_REFERENCE_PERCENT, percent.min()), max(_REFERENCE_PERCENT, percent.max())
    room = max(_ROOM * (high - low), 1)
    panel.set_xlim(0 if low < _REFERENCE_PERCENT / 2 else low - room, high + room)


def _describe(group: str, rows: pd.DataFrame) -> str:
    """Say what a group has in common: its largest common budget and its patients."""
    patients = rows["subject"].nunique()
    budget, axis = rows["budget"].iloc[0], str(rows["axis"].iloc[0])
    title = f"{budget:,.0f} {_BUDGETS[axis]}, {patients} patient{'s' if patients > 1 else ''}"
    return f"all: {title}" if group == "all" else title


def _write_counts(
    panel: Axes, left: NDArray[np.float64], width: NDArray[np.float64], is_dark: bool
) -> None:
    for position, (start, count) in enumerate(zip(left, width, strict=True)):
        if count:
            panel.text(
                start + count / 2,
                position,
                f"{count:.0f}",
                ha="center",
                va="center_baseline",
                color="white" if is_dark else "black",
            )
