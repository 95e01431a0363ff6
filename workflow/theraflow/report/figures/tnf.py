"""Figures of the TNF study, after Figs 2-6 of doi 10.1109/BIBM62325.2024.10822769.

Every function takes tables with all radii, one panel (or column of panels) each, and returns a
figure to be saved by ``style.save_figure``.
"""

from collections.abc import Sequence
from itertools import cycle
from typing import Final, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, MultipleLocator, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.tnf import tables
from theraflow.tnf.tables import (
    BETWEEN,
    BREAK_EVEN_SIMULATIONS,
    CELL_TYPE,
    COMPARISON,
    DATA_SIMULATIONS,
    DIFFERENCE,
    EPOCH,
    INFERENCE_BATCH_CPU_S,
    LOWER,
    MEAN_ABSOLUTE_ERROR,
    PREDICTED,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    REPLICATE_VS_MEAN,
    REPLICATE_VS_REPLICATE,
    SIMULATION_CPU_S,
    TRAINING_CPU_S,
    TRAINING_LOSS,
    UPPER,
    VALIDATION_LOSS,
    WITHIN_FIRST,
    WITHIN_SECOND,
)

_MIN_PER_HOUR: Final = 60
_S_PER_HOUR: Final = 3600
_ERROR_COLORS: Final = {RELATIVE_ERROR: style.BLUE, RELATIVE_ERROR_TOTALS: style.VERMILION}
_SIDES: Final[dict[str, tuple[str, Literal["-", "--"]]]] = {
    BETWEEN: (style.BLACK, "-"),
    WITHIN_FIRST: (style.VERMILION, "--"),
    WITHIN_SECOND: (style.BLUE, "--"),
}
_POINT_COLORS: Final = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.VERMILION)
_PANELS_PER_ROW: Final = 2
_PANEL_HEIGHT_MM: Final = 55
_EXAMPLE_HEIGHT_MM: Final = 38
_PADDING_ABOVE_CAPTION_PT: Final = 14
_BAND_OPACITY: Final = 0.2


def example_trajectories(predictions: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw simulated (dots) and predicted (lines) counts of a few test simulations (Fig. 2).

    A column per radius; its examples are spread from the weakest to the strongest treatment, by the
    predicted number of living cells at the end.
    """
    radii = _radii(predictions)
    rows = config.example_trajectories
    with style.style():
        figure, axes = style.new_figure(
            config, rows, len(radii), _EXAMPLE_HEIGHT_MM, sharex=True, sharey="col"
        )
        for column, radius in enumerate(radii):
            examples = _spread_examples(_of_radius(predictions, radius), rows)
            for row in range(rows):
                panel = axes[row][column]
                if row < len(examples):
                    _draw_example(panel, examples[row])
                    _hour_axis(panel, labelled=row == rows - 1)
                else:
                    panel.set_axis_off()
            axes[0][column].set_title(f"radius {radius} µm", pad=_PADDING_ABOVE_CAPTION_PT)
        for panels in axes:
            panels[0].set_ylabel("cells")
        handles = [_line(color, label=name) for name, color in style.CELL_TYPE_COLORS.items()]
        handles.append(_dots("simulated"))
        handles.append(_line(style.BLACK, label="surrogate"))
        _legend_above(figure, handles)
    return figure


def simulated_trajectories(trajectories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the replicates of one parameter point (thin) and their mean (thick)."""
    with style.style():
        figure, axes = style.new_figure(config, 1, 1, _PANEL_HEIGHT_MM)
        panel = axes[0][0]
        for name, color in style.CELL_TYPE_COLORS.items():
            replicates = trajectories.pivot_table(
                index=tables.TIME_MIN, columns=tables.REPLICATE, values=name
            )
            hours = replicates.index / _MIN_PER_HOUR
            panel.plot(hours, replicates, color=color, linewidth=0.5, alpha=0.5)
            panel.plot(hours, replicates.mean(axis=1), color=color, linewidth=2, label=name)
        _hour_axis(panel)
        panel.set_ylabel("cells")
        panel.legend()
    return figure


def training_histories(histories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw training and validation loss over the epochs (Fig. 3).

    ``histories`` are the ``history.parquet`` of all radii with a column ``tumor_radius_um``.
    """
    with style.style():
        figure, panels = _panel_per_radius(histories, config)
        for radius, panel in panels.items():
            history = _of_radius(histories, radius)
            panel.plot(history[EPOCH], history[TRAINING_LOSS], color=style.BLUE)
            panel.plot(history[EPOCH], history[VALIDATION_LOSS], color=style.VERMILION)
            panel.set(yscale="log", xlabel="epoch", ylabel="loss")
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_major_formatter("{x:g}")
            panel.yaxis.set_minor_formatter(NullFormatter())
            panel.set_xlim(left=0)
        _legend_above(
            figure,
            [_line(style.BLUE, label="training"), _line(style.VERMILION, label="validation")],
        )
    return figure


def relative_error_over_time(
    errors: pd.DataFrame, noise_errors: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the relative error of the surrogates over time, above the simulator's noise (Fig. 4).

    ``noise_errors`` are those between replicates. The band reaches from the error of a mean of
    replicates, the least that a perfect surrogate has, to that of a single replicate.
    """
    with style.style():
        figure, panels = _panel_per_radius(errors, config)
        for radius, panel in panels.items():
            of_radius = _of_radius(errors, radius)
            mean = _noise(noise_errors, radius, REPLICATE_VS_MEAN)
            single = _noise(noise_errors, radius, REPLICATE_VS_REPLICATE)
            for column, color in _ERROR_COLORS.items():
                panel.fill_between(
                    _hours(mean),
                    mean[column],
                    single[column],
                    color=color,
                    alpha=_BAND_OPACITY,
                    linewidth=0,
                )
                panel.plot(_hours(mean), mean[column], "--", color=color, linewidth=0.8)
                panel.plot(_hours(of_radius), of_radius[column], color=color)
            panel.set_ylabel("relative error (%)")
            panel.set_ylim(bottom=0)
            _hour_axis(panel)
        handles: list[Line2D | Patch] = [
            _line(color, label=name)
            for name, color in zip(
                ("per cell type (eq. 3)", "total count"), _ERROR_COLORS.values(), strict=True
            )
        ]
        handles.append(_line(style.BLACK, label="surrogate"))
        handles.append(_line(style.BLACK, "--", label="replicate vs mean of others"))
        handles.append(
            Patch(
                color=style.BLACK,
                alpha=_BAND_OPACITY,
                linewidth=0,
                label="up to replicate vs replicate",
            )
        )
        _legend_above(figure, handles)
    return figure


def cell_errors_over_time(
    cell_errors: pd.DataFrame, noise_cell_errors: pd.DataFrame, config: FiguresConfig
) -> Figure:
    """Draw the mean absolute error of each cell type over time, beside the noise floor (Fig. 5)."""
    with style.style():
        figure, panels = _panel_per_radius(cell_errors, config)
        for radius, panel in panels.items():
            noise = _noise(noise_cell_errors, radius, REPLICATE_VS_MEAN)
            of_radius = _of_radius(cell_errors, radius)
            for cell_type, color in style.CELL_TYPE_COLORS.items():
                for table, dashes in ((of_radius, "-"), (noise, "--")):
                    of_type = table[table[CELL_TYPE] == cell_type]
                    panel.plot(_hours(of_type), of_type[MEAN_ABSOLUTE_ERROR], dashes, color=color)
            panel.set_ylabel("mean absolute error (cells)")
            panel.set_ylim(bottom=0)
            _hour_axis(panel)
        handles = [_line(color, label=name) for name, color in style.CELL_TYPE_COLORS.items()]
        handles.append(_line(style.BLACK, label="surrogate"))
        handles.append(_line(style.BLACK, "--", label="noise floor (replicate vs mean of others)"))
        _legend_above(figure, handles)
    return figure


def break_even_curves(timing: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the CPU time of N results, simulated or predicted, and where they meet (Fig. 6).

    The surrogate's curve starts at the cost of its data and training.
    """
    with style.style():
        figure, panels = _panel_per_radius(timing, config)
        for radius, panel in panels.items():
            row = _of_radius(timing, radius).iloc[0]
            start_s = row[DATA_SIMULATIONS] * row[SIMULATION_CPU_S] + row[TRAINING_CPU_S]
            break_even = row[BREAK_EVEN_SIMULATIONS]
            last = max(row[DATA_SIMULATIONS], break_even if np.isfinite(break_even) else 0)
            results = np.geomspace(1, 1000 * last, 200)
            simulated_h = results * row[SIMULATION_CPU_S] / _S_PER_HOUR
            predicted_h = (start_s + results * row[INFERENCE_BATCH_CPU_S]) / _S_PER_HOUR
            panel.loglog(results, simulated_h, color=style.BLUE)
            panel.loglog(results, predicted_h, color=style.VERMILION)
            if np.isfinite(break_even):
                panel.axvline(break_even, color=style.GREY, lw=0.8, ls=":")
                panel.annotate(
                    f"break-even\n{break_even:,.0f}",
                    (break_even, 0.03),
                    xycoords=("data", "axes fraction"),
                    xytext=(4, 0),
                    textcoords="offset points",
                    fontsize=7,
                    color=style.GREY,
                )
            panel.set(xlabel="number of results", ylabel="CPU time (h)")
        _legend_above(
            figure,
            [
                _line(style.BLUE, label="simulate each"),
                _line(style.VERMILION, label="simulate data, train, predict each"),
            ],
        )
    return figure


def engine_comparison(
    differences: pd.DataFrame, errors: pd.DataFrame, names: tuple[str, str], config: FiguresConfig
) -> Figure:
    """Draw how the means of two simulators differ, and R^T between and within them.

    A column per radius. Above, per cell type and point, the second's mean minus the first's with
    its confidence interval; below, R^T averaged over points.
    """
    radii = _radii(differences)
    rows = [*tables.CELL_TYPES, RELATIVE_ERROR]
    with style.style():
        figure, axes = style.new_figure(
            config, len(rows), len(radii), _EXAMPLE_HEIGHT_MM, sharex=True
        )
        for column, radius in enumerate(radii):
            of_radius = _of_radius(differences, radius)
            for row, cell_type in enumerate(tables.CELL_TYPES):
                _draw_differences(axes[row][column], of_radius[of_radius[CELL_TYPE] == cell_type])
            _draw_errors(axes[-1][column], _of_radius(errors, radius))
            _hour_axis(axes[-1][column])
            axes[0][column].set_title(f"radius {radius} µm")
        for panels, name in zip(axes, rows, strict=True):
            is_error = name == RELATIVE_ERROR
            panels[0].set_ylabel("relative error (%)" if is_error else f"Δ {name} (cells)")
        handles = [
            _line(color, dashes, label=label)
            for (color, dashes), label in zip(
                _SIDES.values(),
                ("between the two", f"within {names[0]}", f"within {names[1]}"),
                strict=True,
            )
        ]
        handles.append(_line(_POINT_COLORS[0], label="difference of means at a point"))
        _legend_above(figure, handles)
    return figure


def _draw_differences(panel: Axes, differences: pd.DataFrame) -> None:
    panel.axhline(0, color=style.BLACK, linewidth=0.6)
    points = differences.groupby(list(tables.POINT_COLUMNS))
    for (_, of_point), color in zip(points, cycle(_POINT_COLORS)):
        hours = _hours(of_point)
        panel.fill_between(
            hours, of_point[LOWER], of_point[UPPER], color=color, alpha=0.15, linewidth=0
        )
        panel.plot(hours, of_point[DIFFERENCE], color=color)


def _draw_errors(panel: Axes, errors: pd.DataFrame) -> None:
    for side, (color, dashes) in _SIDES.items():
        of_side = errors[errors[COMPARISON] == side]
        mean = of_side.groupby(tables.TIME_MIN)[RELATIVE_ERROR].mean()
        panel.plot(mean.index / _MIN_PER_HOUR, mean, dashes, color=color)
    panel.set_ylim(bottom=0)


def _draw_example(panel: Axes, example: pd.DataFrame) -> None:
    for cell_type, color in style.CELL_TYPE_COLORS.items():
        panel.plot(_hours(example), example[cell_type], ".", color=color, ms=3.5, mew=0)
        panel.plot(_hours(example), example[PREDICTED + cell_type], color=color)
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
    keys = [*tables.PARAMETER_COLUMNS, tables.REPLICATE]
    simulations = sorted(
        (simulation for _, simulation in predictions.groupby(keys)),
        key=lambda simulation: float(simulation[PREDICTED + tables.ALIVE].iloc[-1]),
        reverse=True,
    )
    # Mid-points of equal parts: neither the very best nor the very worst treatment.
    parts = (np.arange(number) + 0.5) / number
    chosen = np.unique((parts * len(simulations)).astype(int))
    return [simulations[index] for index in chosen]


def _panel_per_radius(table: pd.DataFrame, config: FiguresConfig) -> tuple[Figure, dict[int, Axes]]:
    radii = _radii(table)
    columns = min(_PANELS_PER_ROW, len(radii))
    rows = -(-len(radii) // columns)
    figure, axes = style.new_figure(config, rows, columns, _PANEL_HEIGHT_MM)
    panels = [panel for row in axes for panel in row]
    for panel in panels[len(radii) :]:
        panel.set_axis_off()
    for radius, panel in zip(radii, panels, strict=False):
        panel.set_title(f"radius {radius} µm")
    return figure, dict(zip(radii, panels, strict=False))


def _radii(table: pd.DataFrame) -> list[int]:
    return sorted(int(radius) for radius in table[tables.TUMOR_RADIUS_UM].unique())


def _of_radius(table: pd.DataFrame, radius: int) -> pd.DataFrame:
    return table[table[tables.TUMOR_RADIUS_UM] == radius]


def _noise(table: pd.DataFrame, radius: int, comparison: str) -> pd.DataFrame:
    of_radius = _of_radius(table, radius)
    return of_radius[of_radius[COMPARISON] == comparison]


def _hours(table: pd.DataFrame) -> pd.Series:
    return table[tables.TIME_MIN] / _MIN_PER_HOUR


def _hour_axis(panel: Axes, *, labelled: bool = True) -> None:
    panel.set_xlim(0, 24)
    panel.xaxis.set_major_locator(MultipleLocator(6))
    if labelled:
        panel.set_xlabel("time (h)")


def _line(color: str, dashes: Literal["-", "--"] = "-", *, label: str) -> Line2D:
    return Line2D([], [], color=color, linestyle=dashes, label=label)


def _dots(label: str) -> Line2D:
    return Line2D([], [], color=style.BLACK, marker=".", linestyle="", ms=3.5, label=label)


def _legend_above(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
