"""What the therapies found achieve: inefficacy, drug quantity, response classes."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import PANEL_HEIGHT_MM, color_of, in_order, title_of

# From dark to light, so that the classes keep their order in black and white.
_RESPONSE_COLORS: Final = {"CR": "#08306B", "PR": "#4292C6", "SD": "#C6DBEF", "PD": "#E69F00"}

_READINGS: Final = {
    "final_diameter": "final against initial diameter",
    "recist_1_1": "RECIST 1.1 at the horizon",
}


def quality_and_drugs(summary: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw average relative inefficacy and drug quantity of every algorithm (Fig. 2)."""
    names = summary["algorithm"].tolist()
    with style.style():
        figure, [panels] = style.new_figure(config, 1, 2, PANEL_HEIGHT_MM)
        for panel, value, label, reference in (
            (panels[0], "relative_inefficacy", "inefficacy relative to the reference", 1.0),
            (panels[1], "drug_quantity_percent", "drug quantity (% of the safe maximum)", 100.0),
        ):
            positions = np.arange(len(names))
            panel.barh(
                positions,
                summary[value],
                xerr=summary[f"{value}_sd"].fillna(0),
                color=[color_of(name, names) for name in names],
                error_kw={"lw": 0.8, "capsize": 2},
            )
            panel.axvline(reference, color=style.BLACK, ls="--", lw=1, label="reference")
            panel.set_yticks(positions, [title_of(name) for name in names])
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
    shown = counts[counts["is_shown"]]
    table = shown.set_index("arm")[list(_RESPONSE_COLORS)].loc[in_order(shown["arm"])]
    share = 100 * table.div(table.sum(axis=1), axis=0)
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        left = np.zeros(len(share))
        for response, color in _RESPONSE_COLORS.items():
            width = share[response].to_numpy()
            panel.barh(np.arange(len(share)), width, left=left, color=color, label=response)
            _write_counts(panel, left, width, table[response].to_numpy(), dark=response == "CR")
            left += width
        panel.set_yticks(np.arange(len(share)), [title_of(str(name)) for name in share.index])
        panel.invert_yaxis()
        panel.set_xlim(0, 100)
        panel.set_xlabel(f"patients (%), by {_READINGS[shown['reading'].iloc[0]]}")
        figure.legend(loc="outside upper center", ncols=len(_RESPONSE_COLORS))
    return figure


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
