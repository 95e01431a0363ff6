"""Two simulators compared by the distributions that their trajectories are drawn from.

Simulators draw from generators of their own, so that trajectories cannot agree, only their
distributions. At each parameter point the runs of one simulator are a sample, and those of the
other a second one.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from theraflow.config.tnf.agreement import MarginsConfig
from theraflow.core.errors import UserError
from theraflow.stats.multiple_testing import holm
from theraflow.tnf import tables
from theraflow.tnf.agreement.margins import bias_margin_cells, excess_margin_points
from theraflow.tnf.agreement.radius import (
    INTERVAL_CONFIDENCE,
    RadiusComparison,
    by_time_and_type,
    compare_radius,
    mean_all_cells,
)
from theraflow.tnf.agreement.samples import common_samples
from theraflow.tnf.agreement.verdict import Verdict, judge


@dataclass(frozen=True)
class Comparison:
    """Two simulators, by name, at the points that both have runs of.

    ``differences``: mean counts at each point; ``biases``: mean counts averaged over points;
    ``errors``: R^T (eq. 3 of Abrate et al., 2024) at each point; ``excesses``: per radius, R^T
    averaged over points and time, how much larger it is between the two than within them, and the
    verdict. Columns as in the schemas ``AGREEMENT_..._SCHEMA`` of ``theraflow.tnf.tables``.
    """

    first: str
    second: str
    differences: pd.DataFrame
    biases: pd.DataFrame
    errors: pd.DataFrame
    excesses: pd.DataFrame

    @property
    def verdict(self) -> Verdict:
        """The verdict over all radii: they agree only where none says otherwise."""
        found = set(self.excesses[tables.VERDICT])
        for verdict in (Verdict.DIFFER, Verdict.NOT_ENOUGH_DATA):
            if verdict in found:
                return verdict
        return Verdict.AGREE


def compare(
    first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str], margins: MarginsConfig
) -> Comparison:
    """Compare trajectory tables of two simulators at the points that both hold.

    At radii where both repeat a point, such points are compared. At others the first has single
    runs, as published data sets do; each is compared with the second's runs at its point. p-values
    of differences are adjusted over all tests of their kind by Holm's method (1979). Raises
    ``UserError`` when no point has two runs of the second, and for a radius with a single run.
    """
    samples = [sample for sample in common_samples(first, second) if len(sample.second) > 1]
    if not samples:
        raise UserError(
            f"no parameter point has runs of {names[0]} and two or more of {names[1]}; give tables "
            "that share points, with replicates"
        )
    radii = [
        compare_radius(list(of_radius), margins)
        for _, of_radius in groupby(samples, key=lambda sample: sample.tumor_radius_um)
    ]
    differences = pd.concat(
        [frame for radius in radii for frame in radius.differences] or [_no_differences()],
        ignore_index=True,
    )
    biases = pd.concat([_biases(radius, margins) for radius in radii], ignore_index=True)
    excesses = pd.DataFrame([_excess(radius, margins) for radius in radii])
    for frame, columns in (
        (differences, (tables.P_MEANS, tables.P_DISTRIBUTIONS)),
        (biases, (tables.P_MEANS,)),
        (excesses, (tables.P_EXCESS,)),
    ):
        for column in columns:
            frame[column + tables.ADJUSTED] = holm(frame[column])
    excesses[tables.VERDICT] = [
        str(
            judge(
                *(
                    frame[frame[tables.TUMOR_RADIUS_UM] == radius]
                    for frame in (differences, biases, excesses)
                )
            )
        )
        for radius in excesses[tables.TUMOR_RADIUS_UM]
    ]
    errors = pd.concat([frame for radius in radii for frame in radius.errors], ignore_index=True)
    return Comparison(*names, differences, biases, errors, excesses)


def _no_differences() -> pd.DataFrame:
    empty: pd.DataFrame = tables.AGREEMENT_DIFFERENCES_SCHEMA.empty_table().to_pandas()
    return empty


def _biases(radius: RadiusComparison, margins: MarginsConfig) -> pd.DataFrame:
    lower, upper = radius.bias.interval(INTERVAL_CONFIDENCE)
    margin = np.mean(
        [bias_margin_cells(mean_all_cells(sample), margins) for sample in radius.samples], axis=0
    )
    return pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: radius.samples[0].tumor_radius_um,
            tables.POINTS: len(radius.samples),
        }
        | by_time_and_type(
            **{
                tables.DIFFERENCE: radius.bias.value,
                tables.LOWER: lower,
                tables.UPPER: upper,
                tables.MARGIN: margin,
                tables.P_EQUIVALENCE: radius.bias.equivalence_p_value(margin),
                tables.P_MEANS: radius.bias.difference_p_value(),
            }
        )
    )


def _excess(radius: RadiusComparison, margins: MarginsConfig) -> dict[str, object]:
    within = [
        radius.mean_error_percent[side] for side in (tables.WITHIN_FIRST, tables.WITHIN_SECOND)
    ]
    margin = excess_margin_points(float(np.nanmean(within)), margins)
    # Without three runs of each the interval is unbounded.
    lower, upper = (
        float(end) if np.isfinite(end) else np.nan
        for end in radius.excess.interval(INTERVAL_CONFIDENCE)
    )
    return {
        tables.TUMOR_RADIUS_UM: radius.samples[0].tumor_radius_um,
        tables.POINTS: len(radius.samples),
        tables.FIRST_RUNS: sum(len(sample.first) for sample in radius.samples),
        tables.SECOND_RUNS: sum(len(sample.second) for sample in radius.samples),
        **radius.mean_error_percent,
        tables.EXCESS: float(radius.excess.value),
        tables.LOWER: lower,
        tables.UPPER: upper,
        tables.MARGIN: margin,
        tables.P_EQUIVALENCE: float(radius.excess.equivalence_p_value(margin)),
        tables.P_EXCESS: radius.excess_p_value,
    }
