"""The result of a comparison in words."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison
from theraflow.tnf.agreement.verdict import Verdict, count_significant

_MIN_PER_HOUR = 60


def in_words(comparison: Comparison) -> str:
    """Say in Markdown whether two simulators agree: in a sentence, and radius by radius."""
    first, second = comparison.first, comparison.second
    verdicts = comparison.excesses.set_index(tables.TUMOR_RADIUS_UM)[tables.VERDICT]
    radii = ", ".join(f"{radius} um" for radius in verdicts.index[verdicts == comparison.verdict])
    summary = {
        Verdict.AGREE: f"{second} agrees with {first}.",
        Verdict.DIFFER: f"{second} differs from {first} at the tumour radii {radii}.",
        Verdict.NOT_ENOUGH_DATA: (
            f"There are not enough data to say whether {second} agrees with {first} at the tumour "
            f"radii {radii}."
        ),
    }[comparison.verdict]
    lines = [f"- {_radius_in_words(comparison, radius)}" for radius in verdicts.index]
    return "\n".join([summary, "", *lines, ""])


def _radius_in_words(comparison: Comparison, radius: int) -> str:
    differences, biases, excesses = (
        frame[frame[tables.TUMOR_RADIUS_UM] == radius]
        for frame in (comparison.differences, comparison.biases, comparison.excesses)
    )
    (excess,) = excesses.to_dict("records")
    bias = _closest_to_its_margin(biases)
    significant = [
        f"{count_significant(table, test)} of {len(table)} {what}"
        for table, test, what in (
            (biases, tables.P_MEANS, "means over points"),
            (differences, tables.P_MEANS, "means at a point"),
            (differences, tables.P_DISTRIBUTIONS, "distributions at a point"),
        )
        if len(table)
    ]
    within = " and ".join(
        f"{excess[side]:.1f} %"
        for side in (tables.WITHIN_FIRST, tables.WITHIN_SECOND)
        if not np.isnan(excess[side])
    )
    sentences = [
        f"radius {radius} um, {excess[tables.FIRST_RUNS]} and {excess[tables.SECOND_RUNS]} runs at "
        f"{excess[tables.POINTS]} points: **{excess[tables.VERDICT]}**",
        f"averaged over points, the bias closest to its margin is {bias[tables.DIFFERENCE]:+.1f} "
        f"{bias[tables.CELL_TYPE]} cells at {bias[tables.TIME_MIN] / _MIN_PER_HOUR:g} h, "
        f"{_interval(bias, 'cells')}",
        f"R^T is {excess[tables.BETWEEN]:.1f} % between the two and {within} within them; its "
        f"excess is {excess[tables.EXCESS]:+.2f} points, {_interval(excess, 'points')}",
        f"significant differences: {', '.join(significant)}",
    ]
    return ". ".join(f"{sentence[0].upper()}{sentence[1:]}" for sentence in sentences) + "."


def _closest_to_its_margin(biases: pd.DataFrame) -> dict[Hashable, Any]:
    reach = np.maximum(biases[tables.UPPER], -biases[tables.LOWER]) / biases[tables.MARGIN]
    closest: dict[Hashable, Any] = biases.loc[reach.idxmax()].to_dict()
    return closest


def _interval(row: dict[Hashable, Any], unit: str) -> str:
    if np.isnan(row[tables.LOWER]):
        return "with an interval that takes three runs of each; " + _margin(row, unit)
    return (
        f"90 % confidence interval {row[tables.LOWER]:+.2f} to {row[tables.UPPER]:+.2f}, "
        + _margin(row, unit)
    )


def _margin(row: dict[Hashable, Any], unit: str) -> str:
    return f"margin ±{row[tables.MARGIN]:.2f} {unit}"
