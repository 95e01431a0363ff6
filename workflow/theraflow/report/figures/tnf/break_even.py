"""When a surrogate has paid for itself."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import (
    legend_above,
    line,
    panel_per_radius,
    rows_of_radius,
)
from theraflow.tnf.tables import (
    BREAK_EVEN_SIMULATIONS,
    DATA_SIMULATIONS,
    INFERENCE_BATCH_CPU_S,
    SIMULATION_CPU_S,
    TRAINING_CPU_S,
    TRAINING_GPU_S,
)

_S_PER_HOUR: Final = 3600


def break_even_curves(timing: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the CPU time of N results, simulated or predicted, and where they meet (Fig. 6).

    The surrogate's curve starts at the CPU time of its data and training. A training on a GPU took
    seconds of another kind: its panel says how many, and shows no break-even.
    """
    with style.style():
        figure, panels = panel_per_radius(timing, config)
        for radius, panel in panels.items():
            row = rows_of_radius(timing, radius).iloc[0]
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
            ],
        )
    return figure
