"""Calibration of an ensemble on simulations that trained none of its members.

One simulation: its standardised residual, (count - predicted mean) / predicted standard deviation,
falls between two quantiles of the residuals of the validation simulations with the probability that
was asked for, whatever their distribution (split conformal prediction, Lei et al. 2018,
doi 10.1080/01621459.2017.1307116). Residuals of a cell type are taken together over hours. Those of
a radius count the more, against those of all radii, the more there are; between radii, quantiles
are interpolated.

The mean: members learn from the same data and err alike in part, so that the mean may be further
off than they are apart. Validation points with replicates tell how far.
"""

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.stats import t

from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.networks.scaling import Triple, triple
from theraflow.tnf.surrogate.uncertainty.distribution import Counts, Distribution
from theraflow.tnf.surrogate.uncertainty.intervals import Intervals
from theraflow.tnf.surrogate.uncertainty.replicates import MeansOfReplicates

# Measured where there were replicates (docs/uncertainty.md).
FACTOR_WITHOUT_REPLICATES: Final = 1.7
_LARGEST_FACTOR: Final = 20.0
# Groups of neighbouring radii, where there are more radii than these.
_MOST_GROUPS: Final = 8
# So many simulations of a radius count as much as those of all radii together.
_SIMULATIONS_OF_EQUAL_WEIGHT: Final = 100


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ResidualQuantiles(_Part):
    """The standardised residuals between which a share ``level`` of the simulations lies.

    ``lower`` and ``upper``: for each group of radii, alive, apoptotic and necrotic cells.
    """

    level: float = Field(gt=0, lt=1)
    lower: tuple[Triple, ...]
    upper: tuple[Triple, ...]

    @model_validator(mode="after")
    def _hold_the_prediction(self) -> Self:
        if np.max(self.lower) > 0 or np.min(self.upper) < 0:
            raise ValueError("an interval must hold the prediction: lower <= 0 <= upper")
        return self


class Calibration(_Part):
    """What turns the standard deviations of an ensemble into intervals.

    ``tumor_radii_um``: radius of each group of validation simulations, increasing. ``mean_factor``:
    error of the mean, relative to the spread of the ``members``.
    """

    members: int = Field(ge=2)
    tumor_radii_um: tuple[float, ...] = Field(min_length=1)
    residuals: tuple[ResidualQuantiles, ...] = Field(min_length=1)
    mean_factor: float = Field(gt=0)

    @model_validator(mode="after")
    def _one_quantile_per_group(self) -> Self:
        groups = len(self.tumor_radii_um)
        if any({len(item.lower), len(item.upper)} != {groups} for item in self.residuals):
            raise ValueError("give quantiles for every group of radii")
        return self

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels that intervals of one simulation were calibrated for, increasing."""
        return tuple(quantiles.level for quantiles in self.residuals)

    def simulation_intervals(self, predicted: Distribution, level: float) -> Intervals:
        """Return the intervals of one simulation; raises ``UserError`` for an unknown level."""
        quantiles = self._of_level(level)
        deviations = predicted.simulation_sd
        lower = self._at(predicted.tumor_radii_um, quantiles.lower)
        upper = self._at(predicted.tumor_radii_um, quantiles.upper)
        return Intervals.around(predicted.mean, -lower * deviations, upper * deviations)

    def mean_intervals(
        self, predicted: Distribution, level: float, replicates: MeansOfReplicates | None = None
    ) -> Intervals:
        """Return the intervals of the mean of very many simulations, for any level.

        With ``replicates`` of the same points, they are the intervals of these means, which few
        simulations make uncertain.
        """
        reach = _reach_of_mean(self.mean_sd(predicted), self.members, level, replicates)
        return Intervals.around(predicted.mean, reach, reach)

    def mean_sd(self, predicted: Distribution) -> Counts:
        """Return the standard deviation of the predicted mean, (n, hours + 1, 3)."""
        return self.mean_factor * predicted.spread_sd

    def _of_level(self, level: float) -> ResidualQuantiles:
        for quantiles in self.residuals:
            if quantiles.level == level:
                return quantiles
        known = ", ".join(f"{quantiles.level:g}" for quantiles in self.residuals)
        raise UserError(
            f"level {level:g}: the surrogate was calibrated for {known}; choose one of these, or "
            "add it to tnf.surrogates.uncertainty.levels"
        )

    def _at(self, radii_um: NDArray[np.float64], of_groups: Sequence[Triple]) -> Counts:
        """Interpolate between groups in the logarithm of the radius; shape (n, 1, 3)."""
        known = np.log(self.tumor_radii_um)
        columns = [np.interp(np.log(radii_um), known, of_type) for of_type in np.array(of_groups).T]
        return np.stack(columns, axis=-1)[:, None]


def calibrate(
    predicted: Distribution,
    counts: Counts,
    levels: Sequence[float],
    *,
    members: int,
    mean_factor: float = FACTOR_WITHOUT_REPLICATES,
) -> Calibration:
    """Calibrate an ensemble on simulations that trained none of its members.

    ``counts`` (n, hours + 1, 3) are what was simulated; ``mean_factor`` is that of
    ``factor_of_the_mean``.
    """
    residuals = (counts - predicted.mean)[:, 1:] / predicted.simulation_sd[:, 1:]
    groups = _groups_of_radii(predicted.tumor_radii_um)
    log_radii = np.log(predicted.tumor_radii_um)
    return Calibration(
        tumor_radii_um=tuple(round(float(np.exp(log_radii[group].mean())), 6) for group in groups),
        residuals=tuple(_quantiles(residuals, groups, level) for level in sorted(levels)),
        members=members,
        mean_factor=mean_factor,
    )


def _groups_of_radii(radii_um: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Divide simulations by radius, in groups of equal size where there are many radii."""
    radii = np.unique(radii_um)
    if len(radii) > _MOST_GROUPS:
        edges = np.quantile(radii_um, np.linspace(0, 1, _MOST_GROUPS + 1)[1:-1])
        group_of = np.searchsorted(edges, radii_um, side="right")
    else:
        group_of = np.searchsorted(radii, radii_um)
    return [np.flatnonzero(group_of == group) for group in np.unique(group_of)]


def _quantiles(
    residuals: Counts, groups: Sequence[NDArray[np.int64]], level: float
) -> ResidualQuantiles:
    tails = ((1 - level) / 2, (1 + level) / 2)
    of_all = np.quantile(residuals, tails, axis=(0, 1))
    lower, upper = [], []
    for group in groups:
        weight = len(group) / (len(group) + _SIMULATIONS_OF_EQUAL_WEIGHT)
        of_group = np.quantile(residuals[group], tails, axis=(0, 1))
        low, high = weight * of_group + (1 - weight) * of_all
        lower.append(triple(np.minimum(low, 0)))
        upper.append(triple(np.maximum(high, 0)))
    return ResidualQuantiles(level=level, lower=tuple(lower), upper=tuple(upper))


def factor_of_the_mean(
    predicted: Distribution,
    replicates: MeansOfReplicates,
    levels: Sequence[float],
    *,
    members: int,
) -> float:
    """Find how far the mean is off, relative to the spread of the members.

    ``predicted`` are the predictions for the points of ``replicates``. With the factor, intervals
    of the mean hold as many of the means of replicates as they promise, on average over the levels.
    """
    if not len(replicates.first):
        return FACTOR_WITHOUT_REPLICATES
    distance = np.abs(replicates.mean - predicted.mean)

    def share_within(factor: float) -> float:
        mean_sd = factor * predicted.spread_sd
        reaches = (_reach_of_mean(mean_sd, members, level, replicates) for level in levels)
        return float(np.mean([(distance <= reach)[:, 1:].mean() for reach in reaches]))

    # Nobody errs less than the members are apart.
    candidates = np.geomspace(1, _LARGEST_FACTOR, 200)
    is_enough = [share_within(factor) >= np.mean(levels) for factor in candidates]
    return float(candidates[np.argmax(is_enough)] if any(is_enough) else candidates[-1])


def _reach_of_mean(
    mean_sd: Counts, members: int, level: float, replicates: MeansOfReplicates | None
) -> Counts:
    """Return half the width of the interval of a mean.

    The spread of few members is uncertain, as is that of few replicates: quantiles are those of
    Student's t, with the degrees of freedom of Welch (1947, doi 10.1093/biomet/34.1-2.28).
    """
    variance, freedom = np.square(mean_sd), np.full_like(mean_sd, members - 1)
    if replicates is not None:
        of_model, of_replicates = variance, np.square(replicates.standard_error)
        variance = of_model + of_replicates
        others = (replicates.sizes - 1)[:, None, None]
        uncertainty = of_model**2 / freedom + of_replicates**2 / others
        is_known = uncertainty > 0
        freedom = np.where(is_known, variance**2 / np.where(is_known, uncertainty, 1), freedom)
    reach: Counts = t.ppf((1 + level) / 2, freedom) * np.sqrt(variance)
    return reach
