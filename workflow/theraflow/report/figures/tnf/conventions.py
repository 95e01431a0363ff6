"""What the figures of the TNF study have in common: a panel per radius, hours, colours, legends."""

from collections.abc import Sequence
from typing import Final, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.engines import Dimension
from theraflow.report.figures import style
from theraflow.tnf import tables

CELL_TYPE_COLORS: Final = {
    tables.ALIVE: style.GREEN,
    tables.APOPTOTIC: style.ORANGE,
    tables.NECROTIC: style.PURPLE,
}
PANEL_HEIGHT_MM: Final = 55
ROW_HEIGHT_MM: Final = 38
MIN_PER_HOUR: Final = 60
BAND_OPACITY: Final = 0.2
_PANELS_PER_ROW: Final = 2
_HOUR_STEPS: Final = (1, 2, 3, 6, 12, 24, 48)
# More would not fit below a narrow panel.
_HOUR_INTERVALS: Final = 4


def panel_per_radius(table: pd.DataFrame, config: FiguresConfig) -> tuple[Figure, dict[int, Axes]]:
    """Make a figure with a panel per tumour radius (um), titled by it."""
    radii = radii_of(table)
    columns = min(_PANELS_PER_ROW, len(radii))
    rows = -(-len(radii) // columns)
    figure, axes = style.new_figure(config, rows, columns, PANEL_HEIGHT_MM)
    panels = [panel for row in axes for panel in row]
    for panel in panels[len(radii) :]:
        panel.set_axis_off()
    for radius, panel in zip(radii, panels, strict=False):
        panel.set_title(f"radius {radius} µm")
    return figure, dict(zip(radii, panels, strict=False))


def space_of(dimension: Dimension) -> str | None:
    """Name the space of tumours for the title of a figure; none is needed for the usual plane."""
    return None if dimension == 2 else "spheroids in three dimensions"


def radii_of(table: pd.DataFrame) -> list[int]:
    """List the tumour radii of a table, um."""
    return sorted(int(radius) for radius in table[tables.TUMOR_RADIUS_UM].unique())


def rows_of_radius(table: pd.DataFrame, radius: int) -> pd.DataFrame:
    """Select the rows of one tumour radius, um."""
    return table[table[tables.TUMOR_RADIUS_UM] == radius]


def hours_of(table: pd.DataFrame) -> pd.Series:
    """Return the times of a table in hours."""
    return table[tables.TIME_MIN] / MIN_PER_HOUR


def hour_axis(panel: Axes, *, labelled: bool = True) -> None:
    """Let the x axis tell the hours, from 0 to the last one that is drawn."""
    last = panel.dataLim.x1
    step = next((step for step in _HOUR_STEPS if last <= _HOUR_INTERVALS * step), _HOUR_STEPS[-1])
    panel.set_xlim(0, last)
    panel.xaxis.set_major_locator(MultipleLocator(step))
    panel.tick_params(labelbottom=labelled)
    if labelled:
        panel.set_xlabel("time (h)")


def line(color: str, dashes: Literal["-", "--", ":"] = "-", *, label: str) -> Line2D:
    """Make a line for a legend."""
    return Line2D([], [], color=color, linestyle=dashes, label=label)


def dots(label: str) -> Line2D:
    """Make dots for a legend."""
    return Line2D([], [], color=style.BLACK, marker=".", linestyle="", ms=3.5, label=label)


def legend_above(figure: Figure, handles: Sequence[Line2D | Patch], rows: int = 1) -> None:
    """Put one legend above all panels."""
    figure.legend(handles=handles, loc="outside upper center", ncols=-(-len(handles) // rows))
