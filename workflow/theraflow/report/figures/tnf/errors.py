"""Errors of the surrogates over time, beside the simulator's own noise."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    CELL_TYPE_COLORS,
    hour_axis,
    hours_of,
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import (
    CELL_TYPE,
    COMPARISON,
    MEAN_ABSOLUTE_ERROR,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    REPLICATE_VS_MEAN,
    REPLICATE_VS_REPLICATE,
)

_ERROR_COLORS: Final = {RELATIVE_ERROR: style.BLUE, RELATIVE_ERROR_TOTALS: style.VERMILION}
_BAND_OPACITY: Final = 0.2


def relative_error_over_time(
    errors: pd.DataFrame, noise_errors: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the relative error of the surrogates over time, above the simulator's noise (Fig. 4).

    ``noise_errors`` are those of single replicates. The band reaches from the noise floor, the
    error to expect of one who knows the mean of each point, to that of another replicate.
    """
    with style.style():
        figure, panels = panel_per_radius(errors, config)
        for radius, panel in panels.items():
            of_radius = rows_of_radius(errors, radius)
            mean = _noise(noise_errors, radius, REPLICATE_VS_MEAN)
            single = _noise(noise_errors, radius, REPLICATE_VS_REPLICATE)
            for column, color in _ERROR_COLORS.items():
                panel.fill_between(
                    hours_of(mean),
                    mean[column],
                    single[column],
                    color=color,
                    alpha=_BAND_OPACITY,
                    linewidth=0,
                )
                panel.plot(hours_of(mean), mean[column], "--", color=color, linewidth=0.8)
                panel.plot(hours_of(of_radius), of_radius[column], color=color)
            panel.set_ylabel("relative error (%)")
            panel.set_ylim(bottom=0)
            hour_axis(panel)
        handles: list[Line2D | Patch] = [
            line(color, label=name)
            for name, color in zip(
                ("per cell type (eq. 3)", "total count"), _ERROR_COLORS.values(), strict=True
            )
        ]
        handles.append(line(style.BLACK, label="surrogate"))
        handles.append(line(style.BLACK, "--", label="noise floor (replicate vs mean)"))
        handles.append(
            Patch(
                color=style.BLACK,
                alpha=_BAND_OPACITY,
                linewidth=0,
                label="up to replicate vs replicate",
            )
        )
        legend_above(figure, handles, rows=2)
    return figure


def cell_errors_over_time(
    cell_errors: pd.DataFrame, noise_cell_errors: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the mean absolute error of each cell type over time, beside the noise floor (Fig. 5)."""
    with style.style():
        figure, panels = panel_per_radius(cell_errors, config)
        for radius, panel in panels.items():
            noise = _noise(noise_cell_errors, radius, REPLICATE_VS_MEAN)
            of_radius = rows_of_radius(cell_errors, radius)
            for cell_type, color in CELL_TYPE_COLORS.items():
                for table, dashes in ((of_radius, "-"), (noise, "--")):
                    of_type = table[table[CELL_TYPE] == cell_type]
                    panel.plot(hours_of(of_type), of_type[MEAN_ABSOLUTE_ERROR], dashes, color=color)
            panel.set_ylabel("mean absolute error (cells)")
            panel.set_ylim(bottom=0)
            hour_axis(panel)
        handles = [line(color, label=name) for name, color in CELL_TYPE_COLORS.items()]
        handles.append(line(style.BLACK, label="surrogate"))
        handles.append(line(style.BLACK, "--", label="noise floor (replicate vs mean)"))
        legend_above(figure, handles)
    return figure


def _noise(table: pd.DataFrame, radius: int, comparison: str) -> pd.DataFrame:
    of_radius = rows_of_radius(table, radius)
    return of_radius[of_radius[COMPARISON] == comparison]
