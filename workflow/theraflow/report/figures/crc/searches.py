"""How the searches proceed."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import (
    DASHES,
    PANEL_HEIGHT_MM,
    color_of,
    in_order,
    title_of,
)

_BAND_OPACITY: Final = 0.15


def best_so_far(
    by_evaluation: pd.DataFrame, by_seconds: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the objective of the best therapy so far against evaluations and against seconds."""
    names = in_order(by_evaluation["algorithm"])
    with style.style():
        figure, [panels] = style.new_figure(config, 1, 2, PANEL_HEIGHT_MM + 10, sharey=True)
        for panel, table, axis, label in (
            (panels[0], by_evaluation, "evaluation", "therapies simulated"),
            (panels[1], by_seconds, "seconds", "wall time (s)"),
        ):
            for index, name in enumerate(names):
                curve = table[table["algorithm"] == name]
                color, dashes = color_of(name, names), DASHES[index % len(DASHES)]
                panel.plot(curve[axis], curve["mean"], color=color, ls=dashes, label=title_of(name))
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
