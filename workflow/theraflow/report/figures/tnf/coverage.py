"""How often the intervals of the general surrogate hold what they promise."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

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
    CALIBRATING,
    CELL_TYPE,
    CHECKED,
    COVERAGE,
    INTERVAL_OF,
    LEVEL,
    ONE_SIMULATION,
    TIME_MIN,
)

_LOWEST_PERCENT: Final = 50


def coverage_over_time(coverage: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the coverage of intervals of one simulation over time, beside what was asked for."""
    of_simulations = coverage[coverage[INTERVAL_OF] == ONE_SIMULATION]
    with style.style():
        figure, panels = panel_per_radius(of_simulations, config)
        for radius, panel in panels.items():
            of_radius = rows_of_radius(of_simulations, radius)
            for level in of_radius[LEVEL].unique():
                of_level = of_radius[of_radius[LEVEL] == level]
                panel.axhline(level, color=style.GREY, linestyle=":", linewidth=0.8)
                for cell_type, color in CELL_TYPE_COLORS.items():
                    of_type = of_level[of_level[CELL_TYPE] == cell_type]
                    panel.plot(hours_of(of_type), of_type[COVERAGE], color=color, linewidth=0.7)
                pooled = of_level.groupby(TIME_MIN)[[COVERAGE]].mean().reset_index()
                panel.plot(hours_of(pooled), pooled[COVERAGE], color=style.BLACK)
            calibrating, checked = of_radius[[CALIBRATING, CHECKED]].iloc[0]
            panel.set_title(f"{panel.get_title()}: {calibrating} calibrate, {checked} test")
            panel.set_ylabel("coverage (%)")
            panel.set_ylim(min(_LOWEST_PERCENT, of_radius[COVERAGE].min()), 100)
            hour_axis(panel)
        handles = [line(color, label=name) for name, color in CELL_TYPE_COLORS.items()]
        legend_above(figure, [*handles, line(style.BLACK, label="all three")])
    return figure
