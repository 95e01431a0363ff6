"""How the training of the surrogates went."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import EPOCH, TRAINING_LOSS, VALIDATION_LOSS


def training_histories(histories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw training and validation loss over the epochs (Fig. 3).

    ``histories`` are the ``history.parquet`` of all radii with a column ``tumor_radius_um``.
    """
    with style.style():
        figure, panels = panel_per_radius(histories, config)
        for radius, panel in panels.items():
            history = rows_of_radius(histories, radius)
            panel.plot(history[EPOCH], history[TRAINING_LOSS], color=style.BLUE)
            panel.plot(history[EPOCH], history[VALIDATION_LOSS], color=style.VERMILION)
            panel.set(yscale="log", xlabel="epoch", ylabel="loss")
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_major_formatter("{x:g}")
            panel.yaxis.set_minor_formatter(NullFormatter())
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            panel.set_xlim(left=0)
        legend_above(
            figure,
            [line(style.BLUE, label="training"), line(style.VERMILION, label="validation")],
        )
    return figure
