"""A prediction with its intervals."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    CELL_TYPE_COLORS,
    PANEL_HEIGHT_MM,
    hour_axis,
    hours_of,
    legend_above,
    line,
)
from theraflow.tnf.tables import (
    CELL_TYPE,
    INTERVAL_OF,
    LEVEL,
    LOWER,
    MEAN_OF_SIMULATIONS,
    ONE_SIMULATION,
    PREDICTED_MEAN,
    UPPER,
)

_OPACITIES: Final = {ONE_SIMULATION: 0.15, MEAN_OF_SIMULATIONS: 0.3}


def predicted_intervals(intervals: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw predicted mean counts, a panel per cell type, with bands of all levels.

    Light bands are where one simulation lies, dark ones where the mean does.
    """
    levels = sorted(intervals[LEVEL].unique(), reverse=True)
    with style.style():
        figure, axes = style.new_figure(config, 1, len(CELL_TYPE_COLORS), PANEL_HEIGHT_MM)
        for panel, (cell_type, color) in zip(axes[0], CELL_TYPE_COLORS.items(), strict=True):
            of_type = intervals[intervals[CELL_TYPE] == cell_type]
            for of, opacity in _OPACITIES.items():
                for level in levels:
                    band = of_type[(of_type[INTERVAL_OF] == of) & (of_type[LEVEL] == level)]
                    hours = hours_of(band)
                    panel.fill_between(
                        hours, band[LOWER], band[UPPER], color=color, alpha=opacity, linewidth=0
                    )
                    panel.plot(hours, band[PREDICTED_MEAN], color=color)
            panel.set_title(cell_type)
            panel.set_ylabel("cells")
            panel.set_ylim(bottom=0)
            hour_axis(panel)
        named = " and ".join(f"{level:g}" for level in reversed(levels))
        handles: list[Line2D | Patch] = [line(style.BLACK, label="predicted mean")]
        for of, words in ((ONE_SIMULATION, "one simulation"), (MEAN_OF_SIMULATIONS, "the mean")):
            label = f"{named} % intervals of {words}"
            handles.append(Patch(color=style.BLACK, alpha=_OPACITIES[of], linewidth=0, label=label))
        legend_above(figure, handles)
    return figure
