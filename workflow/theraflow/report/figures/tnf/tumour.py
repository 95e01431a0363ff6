"""The tumour itself: cells by phase and the TNF around them, at the times of snapshots."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.animation import AbstractMovieWriter
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    CELL_TYPE_COLORS,
    MIN_PER_HOUR,
    hour_axis,
    radii_of,
    rows_of_radius,
)
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.snapshots import tables

PHASE_COLORS: Final = {**CELL_TYPE_COLORS, tables.LYSED: style.GREY}
_FRAMES_PER_ROW: Final = 5
_FRAME_GAP_MM: Final = 9
_COLOR_BAR_MM: Final = 20
_LEGEND_MM: Final = 12
_TIMELINE_MM: Final = 15
_ANIMATION_MM: Final = 100
_ROOM_AROUND_TUMOUR: Final = 1.12
_LARGEST_BAR: Final = 0.34
_BARS_UM: Final = (500, 200, 100, 50, 20, 10)
# Concentrations below this part of the highest one look alike.
_LOWEST_PART: Final = 1e-3
# Of a pale blue to a strong one, beside which every colour of a cell is told.
_TNF_COLORS: Final[Colormap] = LinearSegmentedColormap.from_list(
    "tnf", ["#F7FAFD", "#C3DAEE", "#79B1DA", "#2F7FBC"]
)


@dataclass(frozen=True)
class _Tumour:
    """What is seen of one simulation, and the half width of the window that shows it, um.

    ``alive`` counts all living cells at each time, min, also those that are not seen.
    """

    cells: pd.DataFrame
    field: pd.DataFrame
    half_width_um: float
    alive: Counter[int]
    is_slice: bool

    @property
    def times_min(self) -> list[int]:
        return sorted(int(time) for time in self.field[tnf_tables.TIME_MIN].unique())


def tumour_frames(cells: pd.DataFrame, field: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the snapshots of each radius as a strip of frames, under one treatment.

    A disc is seen from above. Of a sphere, the cells that the plane z = 0 cuts are shown, with
    their whole radius, and the field in this plane. Below, the pulses and the times of the frames.
    """
    with style.style():
        tumours = [
            _tumour(rows_of_radius(cells, radius), rows_of_radius(field, radius))
            for radius in radii_of(field)
        ]
        columns = min(_FRAMES_PER_ROW, max(len(tumour.times_min) for tumour in tumours))
        rows = sum(-(-len(tumour.times_min) // columns) for tumour in tumours)
        frame_mm = (config.width_mm - _COLOR_BAR_MM) / columns
        heights_mm = [*([frame_mm + _FRAME_GAP_MM] * rows), _TIMELINE_MM]
        figure = style.blank_figure(config, sum(heights_mm) + _LEGEND_MM)
        grid = figure.add_gridspec(rows + 1, columns, height_ratios=heights_mm)
        norm = _norm(field)
        places = iter((row, column) for row in range(rows) for column in range(columns))
        panels = []
        for tumour in tumours:
            times = tumour.times_min
            row_ends = -len(times) % columns
            for number, time_min in enumerate(times):
                panel = figure.add_subplot(grid[next(places)])
                _draw_frame(panel, tumour, time_min, norm)
                panels.append(panel)
                if number == 0:
                    _draw_scale_bar(panel, tumour.half_width_um)
                    panel.set_ylabel(_name(tumour))
            for _ in range(row_ends):
                next(places)
        _draw_timeline(figure.add_subplot(grid[rows, :]), field)
        _add_keys(figure, panels, cells, norm, rows)
    return figure


def animate_tumour(
    cells: pd.DataFrame,
    field: pd.DataFrame,
    file: Path,
    writer: AbstractMovieWriter,
    config: FiguresConfig,
) -> None:
    """Write the snapshots of one simulation as a film, a frame each."""
    with style.style():
        tumour = _tumour(cells, field)
        narrow = config.model_copy(update={"width_mm": _ANIMATION_MM + _COLOR_BAR_MM})
        figure = style.blank_figure(narrow, _ANIMATION_MM + _TIMELINE_MM + _LEGEND_MM)
        grid = figure.add_gridspec(2, 1, height_ratios=[_ANIMATION_MM, _TIMELINE_MM])
        panel, timeline = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
        norm = _norm(field)
        _draw_timeline(timeline, field)
        _add_keys(figure, [panel], cells, norm)
        cursor = timeline.axvline(0, color=style.BLACK)
        with writer.saving(figure, str(file), config.dpi):
            for time_min in tumour.times_min:
                panel.clear()
                _draw_frame(panel, tumour, time_min, norm)
                _draw_scale_bar(panel, tumour.half_width_um)
                cursor.set_xdata([time_min / MIN_PER_HOUR] * 2)
                writer.grab_frame()
        plt.close(figure)


def _tumour(cells: pd.DataFrame, field: pd.DataFrame) -> _Tumour:
    farthest = cells[[tables.X_UM, tables.Y_UM]].abs().max(axis=1) + cells[tables.CELL_RADIUS_UM]
    above = field[tables.Z_UM].abs()
    plane = field[above == above.min()]
    cut = cells[cells[tables.Z_UM].abs() < cells[tables.CELL_RADIUS_UM]]
    living = cells[cells[tables.PHASE] == tnf_tables.ALIVE]
    return _Tumour(
        cells=cut,
        field=plane,
        half_width_um=_ROOM_AROUND_TUMOUR * farthest.max(),
        alive=Counter(living[tnf_tables.TIME_MIN].tolist()),
        is_slice=len(plane) < len(field),
    )


def _name(tumour: _Tumour) -> str:
    (radius,) = radii_of(tumour.field)
    return f"radius {radius} µm{', slice' if tumour.is_slice else ''}"


def _at(frame: pd.DataFrame, time_min: int) -> pd.DataFrame:
    return frame[frame[tnf_tables.TIME_MIN] == time_min]


def _norm(field: pd.DataFrame) -> LogNorm | None:
    """Scale the concentrations; None where there is no TNF."""
    highest = float(field[tables.LOCAL_CONCENTRATION].max())
    return LogNorm(_LOWEST_PART * highest, highest, clip=True) if highest > 0 else None


def _draw_frame(panel: Axes, tumour: _Tumour, time_min: int, norm: LogNorm | None) -> None:
    half_um = tumour.half_width_um
    # In three dimensions the plane lies between two layers of voxels.
    plane = _at(tumour.field, time_min).pivot_table(
        index=tables.Y_UM, columns=tables.X_UM, values=tables.LOCAL_CONCENTRATION
    )
    if norm is not None:
        centres_um = plane.columns.to_numpy(np.float64)
        edge_um = centres_um[-1] + (centres_um[1] - centres_um[0]) / 2
        panel.imshow(
            plane,
            origin="lower",
            extent=(-edge_um, edge_um, -edge_um, edge_um),
            cmap=_TNF_COLORS,
            norm=norm,
            interpolation="bilinear",
        )
    _draw_cells(panel, _at(tumour.cells, time_min))
    panel.set(xlim=(-half_um, half_um), ylim=(-half_um, half_um), xticks=[], yticks=[])
    panel.set_aspect("equal")
    hours, alive = time_min / MIN_PER_HOUR, tumour.alive[time_min]
    panel.set_title(f"{hours:.4g} h: {alive:,} alive", pad=3)
    for spine in panel.spines.values():
        spine.set(visible=True, color=style.GREY)


def _draw_cells(panel: Axes, cells: pd.DataFrame) -> None:
    # Cells that are nearest to the plane come last, on top.
    ordered = cells.sort_values(tables.Z_UM, key=np.abs, ascending=False)
    diameter_um = 2 * ordered[tables.CELL_RADIUS_UM].to_numpy()
    faces = to_rgba_array(ordered[tables.PHASE].map(PHASE_COLORS).tolist())
    panel.add_collection(
        EllipseCollection(
            diameter_um,
            diameter_um,
            np.zeros(len(ordered)),
            units="xy",
            offsets=ordered[[tables.X_UM, tables.Y_UM]].to_numpy(),
            offset_transform=panel.transData,
            facecolors=faces,
            edgecolors="white",
            linewidths=_edge_width_pt(len(ordered)),
            rasterized=True,
        )
    )


def _edge_width_pt(cells: int) -> float:
    """Narrow the edges of many cells, which would else be all that is seen."""
    return min(0.4, 100 / (cells + 1))


def _draw_scale_bar(panel: Axes, half_width_um: float) -> None:
    """Draw the bar below the panel, where nothing is covered."""
    length_um = next(bar for bar in _BARS_UM if bar <= 2 * half_width_um * _LARGEST_BAR)
    part = length_um / (2 * half_width_um)
    of_panel, below = panel.transAxes, -0.07
    panel.plot(
        [0, part], [below] * 2, color=style.BLACK, linewidth=2, transform=of_panel, clip_on=False
    )
    label = f"{length_um} µm"
    panel.text(part + 0.03, below, label, va="center", fontsize=7, transform=of_panel)


def _draw_timeline(panel: Axes, field: pd.DataFrame) -> None:
    """Draw the pulses as bars and the times of the frames as marks above them."""
    times_h = np.unique(field[tnf_tables.TIME_MIN]) / MIN_PER_HOUR
    period, duration, concentration = field[list(tnf_tables.PARAMETER_COLUMNS)].iloc[0]
    last_h = max(times_h[-1], duration / MIN_PER_HOUR)
    starts_h = np.arange(0, last_h, period / MIN_PER_HOUR)
    pulses = [(start, duration / MIN_PER_HOUR) for start in starts_h]
    panel.broken_barh(pulses, (0, 1), color=_TNF_COLORS(0.99), linewidth=0)
    panel.plot(times_h, np.full(len(times_h), 1.6), "v", color=style.BLACK, ms=3.5, clip_on=False)
    panel.set(ylim=(0, 2.2), yticks=[])
    panel.spines["left"].set_visible(False)
    panel.set_title(
        f"TNF pulses: {duration:g} of {period:g} min, concentration {concentration:g}",
        loc="left",
        pad=2,
        fontsize=7,
    )
    hour_axis(panel)
    panel.set_xlim(0, last_h)


def _add_keys(
    figure: Figure, panels: list[Axes], cells: pd.DataFrame, norm: LogNorm | None, rows: int = 1
) -> None:
    """Explain the colours: a legend of phases, and a bar of concentrations."""
    figure.legend(handles=list(_phases_in(cells)), loc="outside upper center", ncols=4)
    if norm is not None:
        bar = figure.colorbar(
            ScalarMappable(norm, _TNF_COLORS), ax=panels, pad=0.01, aspect=20 * rows, extend="min"
        )
        bar.set_label("TNF concentration\n(relative)")
        bar.outline.set_visible(False)


def _phases_in(cells: pd.DataFrame) -> Iterator[Patch]:
    there = set(cells[tables.PHASE])
    return (
        Patch(color=color, label=phase) for phase, color in PHASE_COLORS.items() if phase in there
    )
