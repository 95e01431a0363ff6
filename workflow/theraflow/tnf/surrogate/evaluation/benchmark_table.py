"""The outcome of a benchmark as a table for people."""

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.tables import (
    INFERENCE_BATCH_CPU_S,
    RELATIVE_ERROR,
    RELATIVE_ERROR_TOTALS,
    TRAINING_CPU_S,
    TRAINING_DEVICE,
)

SPLIT_SEED: Final = "split_seed"
TRAINING_WALL_S: Final = "training_wall_s"
PAPER_ERROR_TOTALS_PERCENT: Final = 7.5


@dataclass(frozen=True)
class Benchmark:
    """A row per training and radius, and the wall time of training for every radius.

    Columns of ``runs``: ``tumor_radius_um, split_seed, relative_error_percent,
    relative_error_totals_percent`` (test simulations, mean over t = 60 .. 1440 min),
    ``training_device, training_cpu_s, training_gpu_s, training_wall_s, inference_batch_cpu_s`` (per
    simulation). CPU seconds of a training on a GPU are those of the CPU alone. ``one_network``: all
    radii of a split have the same training.
    """

    architecture: str
    workers: int
    runs: pd.DataFrame
    set_wall_s: float
    one_network: bool = False

    def markdown(self) -> str:
        """Lay the means over splits out as a table, with the standard deviation of several."""
        by_radius = self.runs.groupby(tables.TUMOR_RADIUS_UM)
        mean, deviation = by_radius.mean(numeric_only=True), by_radius.std(numeric_only=True)
        device = ", ".join(sorted(self.runs[TRAINING_DEVICE].unique()))
        lines = [
            "| architecture | radius (µm) | R^T, eq. 3 (%) | R^T, totals (%) | trained on "
            "| training, CPU (s) | training, wall (s) | inference, CPU (ms per simulation) |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for radius in mean.index:
            relative, totals = (
                _mean_and_deviation(mean.loc[radius, name], deviation.loc[radius, name])
                for name in (RELATIVE_ERROR, RELATIVE_ERROR_TOTALS)
            )
            lines.append(
                f"| {self.architecture} | {radius} | {relative} | {totals} "
                f"| {device} | {mean.loc[radius, TRAINING_CPU_S]:.0f} "
                f"| {mean.loc[radius, TRAINING_WALL_S]:.0f} "
                f"| {1000 * mean.loc[radius, INFERENCE_BATCH_CPU_S]:.4f} |"
            )
        cpu_s = mean[TRAINING_CPU_S].mean() if self.one_network else mean[TRAINING_CPU_S].sum()
        lines += [
            f"| {self.architecture} | mean, all | {mean[RELATIVE_ERROR].mean():.2f} "
            f"| {mean[RELATIVE_ERROR_TOTALS].mean():.2f} | {device} "
            f"| {cpu_s:.0f} in all "
            f"| {self.set_wall_s:.0f} in all, {self.workers} at a time | |",
            f"| as published in the paper | mean | | {PAPER_ERROR_TOTALS_PERCENT} | | | | |",
        ]
        if self.architecture != "paper":
            lines.append(
                "| paper, 3,000 epochs on a GPU | all | not measured | not measured | | | | |"
            )
        return "\n".join(lines) + "\n"


def _mean_and_deviation(mean: float, deviation: float) -> str:
    return f"{mean:.2f}" if math.isnan(deviation) else f"{mean:.2f} ± {deviation:.2f}"
