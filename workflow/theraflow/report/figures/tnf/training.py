"""How the training of the surrogates went."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    PANEL_HEIGHT_MM,
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import EPOCH, TRAINING_LOSS, VALIDATION_LOSS


def training_histories(histories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw training and validation loss over the epochs, and the smallest of the latter (Fig. 3).

    ``histories`` are the ``history.parquet`` of all radii with a column ``tumor_radius_um``.
    """
    with style.style():
        figure, panels = panel_per_radius(histories, config)
        for radius, panel in panels.items():
            _draw_history(panel, rows_of_radius(histories, radius))
        _legend(figure)
    return figure


def general_training_history(history: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the losses of the general surrogate as those of the others."""
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        _draw_history(panel, history)
        panel.set_title("every radius")
        _legend(figure)
    return figure


def _draw_history(panel: Axes, history: pd.DataFrame) -> None:
    panel.plot(history[EPOCH], history[TRAINING_LOSS], color=style.BLUE)
    panel.plot(history[EPOCH], history[VALIDATION_LOSS], color=style.VERMILION)
    best = history.nsmallest(1, VALIDATION_LOSS).iloc[0]
    panel.plot(
        best[EPOCH], best[VALIDATION_LOSS], "o", ms=5, mfc="none", mew=1.2, color=style.BLACK
    )
    # Towards the wider side, where the loss is flat.
    is_early = best[EPOCH] < history[EPOCH].max() / 2
    panel.annotate(
        f"epoch {best[EPOCH]:.0f}: {best[VALIDATION_LOSS]:.3g}",
        (best[EPOCH], best[VALIDATION_LOSS]),
        (4 if is_early else -4, 8),
        textcoords="offset points",
        ha="left" if is_early else "right",
        size=7,
    )
    panel.set(yscale="log", xlabel="epoch", ylabel="loss (no unit)")
    style.label_log_axis(panel.yaxis)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlim(left=0)


def _legend(figure: Figure) -> None:
    ring = Line2D(
        [], [], ls="", marker="o", mfc="none", color=style.BLACK, label="smallest validation loss"
    )
    legend_above(
        figure,
        [line(style.BLUE, label="training"), line(style.VERMILION, label="validation"), ring],
    )
