"""When a surrogate has paid for itself."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    BAND_OPACITY,
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import (
    BREAK_EVEN_SIMULATIONS,
    DATA_SIMULATIONS,
    INFERENCE_BATCH_CPU_S,
    LOWER,
    SIMULATION_CPU_S,
    TRAINING_CPU_S,
    TRAINING_GPU_S,
    UPPER,
)

_S_PER_HOUR: Final = 3600
_ENDS: Final = ("", f"_{LOWER}", f"_{UPPER}")

_Values = NDArray[np.float64]


def break_even_curves(timing: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the CPU time of N results, simulated or predicted, and where they meet (Fig. 6).

    The surrogate's curve starts at the CPU time of its data and training. A training on a GPU took
    seconds of another kind: its panel says how many, and shows no break-even. Bands and the
    interval of the break-even are over draws of the timed simulations and inferences.
    """
    with style.style():
        figure, panels = panel_per_radius(timing, config)
        for radius, panel in panels.items():
            row = rows_of_radius(timing, radius).iloc[0]
            break_even = row[BREAK_EVEN_SIMULATIONS]
            last = max(row[DATA_SIMULATIONS], break_even if np.isfinite(break_even) else 0)
            results = np.geomspace(1, 1000 * last, 200)
            for cost_s, color in ((_simulated_s, style.BLUE), (_predicted_s, style.VERMILION)):
                mean, lower, upper = (cost_s(row, results, end) / _S_PER_HOUR for end in _ENDS)
                panel.fill_between(
                    results, lower, upper, color=color, alpha=BAND_OPACITY, linewidth=0
                )
                panel.loglog(results, mean, color=color)
            if np.isfinite(break_even):
                low, high = (row[f"{BREAK_EVEN_SIMULATIONS}_{end}"] for end in (LOWER, UPPER))
                panel.axvline(break_even, color=style.GREY, lw=0.8, ls=":")
                panel.axvspan(
                    low, min(high, results[-1]), color=style.GREY, alpha=BAND_OPACITY, lw=0
                )
                interval = f"{low:,.0f} to {high:,.0f}" if np.isfinite(high) else f"from {low:,.0f}"
                panel.annotate(
                    f"break-even\n{break_even:,.0f}\n({interval})",
                    (break_even, 0.03),
                    xycoords=("data", "axes fraction"),
                    xytext=(4, 0),
                    textcoords="offset points",
                    fontsize=7,
                    color=style.GREY,
                )
            if row[TRAINING_GPU_S] > 0:
                panel.text(
                    0.97,
                    0.03,
                    f"and {row[TRAINING_GPU_S]:,.0f} s on a GPU:\nno break-even in CPU time",
                    transform=panel.transAxes,
                    ha="right",
                    fontsize=7,
                    color=style.GREY,
                )
            panel.set(xlabel="number of results", ylabel="CPU time (h)")
        legend_above(
            figure,
            [
                line(style.BLUE, label="simulate each"),
                line(style.VERMILION, label="simulate data, train, predict each"),
                Patch(color=style.GREY, alpha=BAND_OPACITY, linewidth=0, label="95 % interval"),
            ],
        )
    return figure


def _simulated_s(row: "pd.Series[Any]", results: _Values, end: str) -> _Values:
    seconds: _Values = results * row[SIMULATION_CPU_S + end]
    return seconds


def _predicted_s(row: "pd.Series[Any]", results: _Values, end: str) -> _Values:
    start_s = row[DATA_SIMULATIONS] * row[SIMULATION_CPU_S + end] + row[TRAINING_CPU_S]
    seconds: _Values = start_s + results * row[INFERENCE_BATCH_CPU_S + end]
    return seconds
