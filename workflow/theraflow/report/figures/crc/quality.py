"""What the therapies found achieve: inefficacy, drug quantity, response classes."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import in_order, panel_height_mm, title_of

# From dark to light, so that the classes keep their order in black and white.
_RESPONSE_COLORS: Final = {"CR": "#08306B", "PR": "#4292C6", "SD": "#C6DBEF", "PD": "#E69F00"}

_READINGS: Final = {
    "final_diameter": "final against initial diameter",
    "recist_1_1": "RECIST 1.1 at the horizon",
}
_BUDGETS: Final = {"evaluation": "evaluations", "wall_s": "s"}
_BAR: Final = 0.38


def quality_and_drugs(summary: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw average inefficacy and drugs in percent of the reference, a panel per group (Fig. 2)."""
    groups = list(dict.fromkeys(summary["group"]))
    with style.style():
        columns = min(2, len(groups))
        rows = -(-len(groups) // columns)
        height_mm = panel_height_mm(summary["algorithm"].unique())
        figure, axes = style.new_figure(config, rows, columns, height_mm)
        panels = [panel for row in axes for panel in row]
        for panel in panels[len(groups) :]:
            panel.set_axis_off()
        for panel, group in zip(panels, groups, strict=False):
            of_group = summary[summary["group"] == group]
            places = np.arange(len(of_group))
            for offset, value, factor, label, color in (
                (-_BAR / 2, "relative_inefficacy", 100, "inefficacy", style.BLUE),
                (_BAR / 2, "drug_quantity_percent", 1, "drug quantity", style.ORANGE),
            ):
                panel.barh(
                    places + offset,
                    factor * of_group[value],
                    _BAR,
                    xerr=factor * of_group[f"{value}_sd"].fillna(0),
                    color=color,
                    label=label,
                    error_kw={"lw": 0.8, "capsize": 2},
                )
            panel.axvline(100, color=style.BLACK, ls="--", lw=1, label="reference")
            panel.set_yticks(places, [title_of(name) for name in of_group["algorithm"]])
            panel.invert_yaxis()
            panel.set_xlabel("% of the reference")
            panel.set_title(_describe(of_group.iloc[0]))
            panel.set_xlim(left=0)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
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
            classes = table[list(_RESPONSE_COLORS)]
            share = 100 * classes.div(classes.sum(axis=1), axis=0)
            left = np.zeros(len(share))
            for response, color in _RESPONSE_COLORS.items():
                width = share[response].to_numpy()
                panel.barh(np.arange(len(share)), width, left=left, color=color, label=response)
                _write_counts(panel, left, width, classes[response].to_numpy(), response == "CR")
                left += width
            panel.set_yticks(
                np.arange(len(share)),
                [f"{title_of(arm)} ({table.loc[arm, 'patients']})" for arm in arms],
            )
            panel.set_xlim(0, 100)
            panel.set_title(_READINGS[reading])
            panel.set_xlabel("patients (%)")
        panels[0].invert_yaxis()
        figure.legend(
            *panels[0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=len(_RESPONSE_COLORS),
        )
    return figure


def _describe(row: "pd.Series[Any]") -> str:
    """Say what a group has in common: its largest common budget and its patients."""
    patients = f"{row['patients']} patient{'s' if row['patients'] > 1 else ''}"
    title = f"{row['budget']:,.0f} {_BUDGETS[str(row['axis'])]}, {patients}"
    return f"all: {title}" if row["group"] == "all" else title


def _write_counts(
    panel: Axes,
    left: NDArray[np.float64],
    width: NDArray[np.float64],
    counts: NDArray[np.int64],
    is_dark: bool,
) -> None:
    for position, (start, length, count) in enumerate(zip(left, width, counts, strict=True)):
        if count:
            panel.text(
                start + length / 2,
                position,
                str(count),
                ha="center",
                va="center",
                color="white" if is_dark else "black",
            )
