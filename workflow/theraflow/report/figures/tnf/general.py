"""The surrogate of every radius beside those of one."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    hour_axis,
    hours_of,
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import (
    COMPARISON,
    RELATIVE_ERROR,
    REPLICATE_VS_MEAN,
    REPLICATE_VS_REPLICATE,
)

_BAND_OPACITY: Final = 0.2


def general_surrogate_errors(
    errors: pd.DataFrame,
    general_errors: pd.DataFrame,
    noise_errors: pd.DataFrame,
    config: FiguresConfig,
) -> Figure:
    """Draw the relative error of both kinds of surrogates over time, above the simulator's noise.

    The tables are those of ``relative_error_over_time`` and the errors of the general surrogate.
    """
    with style.style():
        figure, panels = panel_per_radius(errors, config)
        for radius, panel in panels.items():
            noise = rows_of_radius(noise_errors, radius)
            lower, upper = (
                noise[noise[COMPARISON] == name]
                for name in (REPLICATE_VS_MEAN, REPLICATE_VS_REPLICATE)
            )
            panel.fill_between(
                hours_of(lower),
                lower[RELATIVE_ERROR],
                upper[RELATIVE_ERROR],
                color=style.BLACK,
                alpha=_BAND_OPACITY,
                linewidth=0,
            )
            for table, color in ((errors, style.BLUE), (general_errors, style.VERMILION)):
                of_radius = rows_of_radius(table, radius)
                panel.plot(hours_of(of_radius), of_radius[RELATIVE_ERROR], color=color)
            panel.set_ylabel("relative error, eq. 3 (%)")
            panel.set_ylim(bottom=0)
            hour_axis(panel)
        noise_band = Patch(
            color=style.BLACK,
            alpha=_BAND_OPACITY,
            linewidth=0,
            label="replicate vs mean, to vs replicate",
        )
        legend_above(
            figure,
            [
                line(style.BLUE, label="surrogate of the radius"),
                line(style.VERMILION, label="general surrogate"),
                noise_band,
            ],
        )
    return figure
