"""Cell counts over time: simulated, and simulated beside predicted."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    BAND_OPACITY,
    CELL_TYPE_COLORS,
    MIN_PER_HOUR,
    PANEL_HEIGHT_MM,
    ROW_HEIGHT_MM,
    dots,
    hour_axis,
    legend_above,
    line,
    radii_of,
    rows_of_radius,
)
from theraflow.tnf import tables
from theraflow.tnf.tables import PREDICTED

_PADDING_ABOVE_CAPTION_PT: Final = 14


def example_trajectories(predictions: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw replicates (dots: mean, band: range) and predicted counts of a few treatments (Fig. 2).

    ``predictions`` are of simulations at the points of the noise floor. A column per radius; its
    examples are spread from the weakest to the strongest treatment, by the predicted number of
    living cells at the end.
    """
    examples = {
        radius: _spread_examples(rows_of_radius(predictions, radius), config.example_trajectories)
        for radius in radii_of(predictions)
    }
    rows = max(map(len, examples.values()))
    with style.style():
        figure, axes = style.new_figure(config, rows, len(examples), ROW_HEIGHT_MM, sharey="col")
        for column, (radius, of_radius) in enumerate(examples.items()):
            panels = [row[column] for row in axes]
            for panel, example in zip(panels, of_radius, strict=False):
                _draw_example(panel, example)
                hour_axis(panel, labelled=example is of_radius[-1])
            for panel in panels[len(of_radius) :]:
                panel.set_axis_off()
            panels[0].set_title(f"radius {radius} µm", pad=_PADDING_ABOVE_CAPTION_PT)
        for panels in axes:
            panels[0].set_ylabel("cells")
        replicates = predictions[tables.REPLICATE].nunique()
        handles: list[Line2D | Patch] = [
            line(color, label=name) for name, color in CELL_TYPE_COLORS.items()
        ]
        handles.append(line(style.BLACK, label="surrogate"))
        handles.append(dots(f"mean of {replicates} simulations"))
        handles.append(
            Patch(color=style.BLACK, alpha=BAND_OPACITY, linewidth=0, label="their range")
        )
        legend_above(figure, handles)
    return figure


def simulated_trajectories(trajectories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the replicates of one parameter point (thin) and their mean (thick)."""
    with style.style():
        figure, axes = style.new_figure(config, 1, 1, PANEL_HEIGHT_MM)
        panel = axes[0][0]
        for name, color in CELL_TYPE_COLORS.items():
            replicates = trajectories.pivot_table(
                index=tables.TIME_MIN, columns=tables.REPLICATE, values=name
            )
            hours = replicates.index / MIN_PER_HOUR
            panel.plot(hours, replicates, color=color, linewidth=0.5, alpha=0.5)
            panel.plot(hours, replicates.mean(axis=1), color=color, linewidth=2, label=name)
        hour_axis(panel)
        panel.set_ylabel("cells")
        panel.legend()
    return figure


def _draw_example(panel: Axes, example: pd.DataFrame) -> None:
    by_time = example.groupby(tables.TIME_MIN)
    for cell_type, color in CELL_TYPE_COLORS.items():
        counts = by_time[cell_type]
        hours = counts.mean().index / MIN_PER_HOUR
        panel.fill_between(
            hours, counts.min(), counts.max(), color=color, alpha=BAND_OPACITY, linewidth=0
        )
        panel.plot(hours, counts.mean(), ".", color=color, ms=3.5, mew=0)
        panel.plot(hours, by_time[PREDICTED + cell_type].first(), color=color)
    period, duration, concentration = example[list(tables.PARAMETER_COLUMNS)].iloc[0]
    panel.text(
        0.5,
        1.02,
        f"{duration:g} of {period:g} min, C = {concentration:.2f}",
        transform=panel.transAxes,
        ha="center",
        va="bottom",
        fontsize=7,
        color=style.GREY,
    )
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _spread_examples(predictions: pd.DataFrame, number: int) -> list[pd.DataFrame]:
    points = sorted(
        (point for _, point in predictions.groupby(list(tables.PARAMETER_COLUMNS))),
        key=lambda point: float(point[PREDICTED + tables.ALIVE].iloc[-1]),
        reverse=True,
    )
    # Mid-points of equal parts: neither the very best nor the very worst treatment.
    parts = (np.arange(number) + 0.5) / number
    chosen = np.unique((parts * len(points)).astype(int))
    return [points[index] for index in chosen]
