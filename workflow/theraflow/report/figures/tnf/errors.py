"""Errors of the surrogates over time, beside the simulator's own noise at the same points."""

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    BAND_OPACITY,
    PANEL_HEIGHT_MM,
    ROW_HEIGHT_MM,
    hour_axis,
    hours_of,
    legend_above,
    line,
    radii_of,
    rows_of_radius,
)
from theraflow.tnf.tables import (
    CELL_TYPE,
    CELL_TYPES,
    COMPARISON,
    LOWER,
    MEAN_ABSOLUTE_ERROR,
    POINTS,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    REPLICATE_VS_MEAN,
    UPPER,
)

_BAND_LABEL: Final = "95 % interval"
_SURROGATE: Final = "surrogate"
_GENERAL: Final = "general surrogate"

_Choose = Callable[[pd.DataFrame], pd.DataFrame]


def relative_error_over_time(
    errors: pd.DataFrame,
    replicate_errors: pd.DataFrame,
    noise_errors: pd.DataFrame,
    config: FiguresConfig,
) -> Figure:
    """Draw the relative error of the surrogates over time, beside the noise floor (Fig. 4).

    A column per radius; above that of eq. 3, below that of the total count. ``replicate_errors``
    and ``noise_errors`` are at the same points, ``errors`` at all test points.
    """
    rows = {
        "per cell type\n(eq. 3, %)": (RELATIVE_ERROR, _all_rows),
        "total count\n(%)": (RELATIVE_ERROR_TOTALS, _all_rows),
    }
    surrogates = {_SURROGATE: (replicate_errors, style.BLUE)}
    return _draw(surrogates, errors, noise_errors, rows, ROW_HEIGHT_MM, config)


def cell_errors_over_time(
    cell_errors: pd.DataFrame,
    replicate_cell_errors: pd.DataFrame,
    noise_cell_errors: pd.DataFrame,
    config: FiguresConfig,
) -> Figure:
    """Draw the absolute error of each cell type over time, beside the noise floor (Fig. 5).

    A column per radius, a row per cell type. The tables are as in ``relative_error_over_time``.
    """
    rows = {f"{name}\n(cells)": (MEAN_ABSOLUTE_ERROR, _of_type(name)) for name in CELL_TYPES}
    surrogates = {_SURROGATE: (replicate_cell_errors, style.BLUE)}
    return _draw(surrogates, cell_errors, noise_cell_errors, rows, ROW_HEIGHT_MM, config)


def general_surrogate_errors(
    replicate_errors: pd.DataFrame,
    general_replicate_errors: pd.DataFrame,
    noise_errors: pd.DataFrame,
    config: FiguresConfig,
) -> Figure:
    """Draw the relative error of both kinds of surrogates over time, beside the noise floor.

    All are at the same points.
    """
    surrogates = {
        "surrogate of the radius": (replicate_errors, style.BLUE),
        _GENERAL: (general_replicate_errors, style.VERMILION),
    }
    rows = {"relative error (eq. 3, %)": (RELATIVE_ERROR, _all_rows)}
    return _draw(surrogates, None, noise_errors, rows, PANEL_HEIGHT_MM, config)


def _draw(
    surrogates: Mapping[str, tuple[pd.DataFrame, str]],
    errors_of_test: pd.DataFrame | None,
    noise: pd.DataFrame,
    rows: Mapping[str, tuple[str, _Choose]],
    row_height_mm: float,
    config: FiguresConfig,
) -> Figure:
    """Draw a column of panels per radius, with a row for each error by its label."""
    noise = noise[noise[COMPARISON] == REPLICATE_VS_MEAN]
    radii = radii_of(noise)
    with style.style():
        figure, axes = style.new_figure(config, len(rows), len(radii), row_height_mm, sharex=True)
        for panels, (label, (column, choose)) in zip(axes, rows.items(), strict=True):
            for panel, radius in zip(panels, radii, strict=True):
                of_noise = choose(rows_of_radius(noise, radius))
                _draw_mean(panel, of_noise, column, style.GREY, "--")
                for table, color in surrogates.values():
                    _draw_mean(panel, choose(rows_of_radius(table, radius)), column, color, "-")
                if errors_of_test is not None:
                    of_test = choose(rows_of_radius(errors_of_test, radius))
                    panel.plot(
                        hours_of(of_test), of_test[column], color=style.BLACK, ls=":", lw=0.9
                    )
                panel.set_ylim(bottom=0)
                hour_axis(panel, labelled=panels is axes[-1])
            panels[0].set_ylabel(label)
        for panel, radius in zip(axes[0], radii, strict=True):
            points = rows_of_radius(noise, radius)[POINTS].iloc[0]
            panel.set_title(f"radius {radius} µm, {points} point{'s' if points > 1 else ''}")
        handles: list[Line2D | Patch] = [
            line(color, label=name) for name, (_, color) in surrogates.items()
        ]
        handles.append(line(style.GREY, "--", label="noise floor at the same points"))
        if errors_of_test is not None:
            handles.append(line(style.BLACK, ":", label="surrogate, all test simulations"))
        handles.append(Patch(color=style.GREY, alpha=BAND_OPACITY, linewidth=0, label=_BAND_LABEL))
        legend_above(figure, handles)
    return figure


def _draw_mean(panel: Axes, errors: pd.DataFrame, column: str, color: str, dashes: str) -> None:
    """Draw a mean error with its interval."""
    hours = hours_of(errors)
    lower, upper = errors[f"{column}_{LOWER}"], errors[f"{column}_{UPPER}"]
    panel.fill_between(hours, lower, upper, color=color, alpha=BAND_OPACITY, linewidth=0)
    panel.plot(hours, errors[column], dashes, color=color)


def _all_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table


def _of_type(name: str) -> _Choose:
    def choose(table: pd.DataFrame) -> pd.DataFrame:
        of_type: pd.DataFrame = table[table[CELL_TYPE] == name]
        return of_type

    return choose
