"""Two simulators compared."""

from itertools import cycle
from typing import Final, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    MIN_PER_HOUR,
    ROW_HEIGHT_MM,
    hour_axis,
    hours_of,
    legend_above,
    line,
    radii_of,
    rows_of_radius,
)
from theraflow.tnf import tables
from theraflow.tnf.tables import (
    BETWEEN,
    CELL_TYPE,
    COMPARISON,
    DIFFERENCE,
    FIRST_SIMULATOR,
    LOWER,
    RELATIVE_ERROR,
    SECOND_SIMULATOR,
    UPPER,
    WITHIN_FIRST,
    WITHIN_SECOND,
)

_SIDES: Final[dict[str, tuple[str, Literal["-", "--"]]]] = {
    BETWEEN: (style.BLACK, "-"),
    WITHIN_FIRST: (style.VERMILION, "--"),
    WITHIN_SECOND: (style.BLUE, "--"),
}
_POINT_COLORS: Final = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.VERMILION)


def engine_comparison(
    differences: pd.DataFrame, errors: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw how the means of two simulators differ, and R^T between and within them.

    A column per radius. Above, per cell type and point, the second's mean minus the first's with
    its confidence interval; below, R^T averaged over points.
    """
    radii = radii_of(differences)
    rows = [*tables.CELL_TYPES, RELATIVE_ERROR]
    first, second = errors[[FIRST_SIMULATOR, SECOND_SIMULATOR]].iloc[0]
    with style.style():
        figure, axes = style.new_figure(config, len(rows), len(radii), ROW_HEIGHT_MM, sharex=True)
        for column, radius in enumerate(radii):
            of_radius = rows_of_radius(differences, radius)
            for row, cell_type in enumerate(tables.CELL_TYPES):
                _draw_differences(axes[row][column], of_radius[of_radius[CELL_TYPE] == cell_type])
            _draw_errors(axes[-1][column], rows_of_radius(errors, radius))
            hour_axis(axes[-1][column])
            axes[0][column].set_title(f"radius {radius} µm")
        for panels, name in zip(axes, rows, strict=True):
            is_error = name == RELATIVE_ERROR
            panels[0].set_ylabel("relative error (%)" if is_error else f"Δ {name} (cells)")
        handles = [
            line(color, dashes, label=label)
            for (color, dashes), label in zip(
                _SIDES.values(),
                ("between the two", f"within {first}", f"within {second}"),
                strict=True,
            )
        ]
        handles.append(line(_POINT_COLORS[0], label="difference of means at a point"))
        legend_above(figure, handles, rows=2)
    return figure


def _draw_differences(panel: Axes, differences: pd.DataFrame) -> None:
    panel.axhline(0, color=style.BLACK, linewidth=0.6)
    points = differences.groupby(list(tables.POINT_COLUMNS))
    for (_, of_point), color in zip(points, cycle(_POINT_COLORS)):
        hours = hours_of(of_point)
        panel.fill_between(
            hours, of_point[LOWER], of_point[UPPER], color=color, alpha=0.15, linewidth=0
        )
        panel.plot(hours, of_point[DIFFERENCE], color=color)


def _draw_errors(panel: Axes, errors: pd.DataFrame) -> None:
    for side, (color, dashes) in _SIDES.items():
        of_side = errors[errors[COMPARISON] == side]
        mean = of_side.groupby(tables.TIME_MIN)[RELATIVE_ERROR].mean()
        panel.plot(mean.index / MIN_PER_HOUR, mean, dashes, color=color)
    panel.set_ylim(bottom=0)
