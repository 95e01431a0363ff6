"""The search for a treatment as a problem of ``theraflow.search``, whoever evaluates it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.treatment import RegionConfig, TreatmentObjectiveConfig
from theraflow.core.errors import UserError
from theraflow.search.evaluator import Evaluations, Status
from theraflow.search.problem import Constraint, Objective, Problem, Space, Term, Values, Variable
from theraflow.tnf import tables

CELLS_LEFT: Final = "cells_left"
CELLS_LEFT_DEVIATION: Final = "cells_left_deviation"
TNF_GIVEN: Final = "tnf_given"
OBJECTIVE: Final = "objective"
PULSE_EXCESS_MIN: Final = "pulse_excess_min"
LOG_CONCENTRATION: Final = "log10_tnf_concentration"

# Concentrations are written with so many decimals, in designs too.
_CONCENTRATION_DECIMALS: Final = 6

Treatments = NDArray[np.float64]
"""Treatments (n, 3): pulse period (min), pulse duration (min), TNF concentration."""


@dataclass(frozen=True)
class Target:
    """Which tumour is treated until when; of several radii, that with the most living cells."""

    tumor_radii_um: tuple[int, ...]
    horizon_min: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        if len(self.tumor_radii_um) == 1:
            return f"radius_{self.tumor_radii_um[0]}um"
        return f"radii_{min(self.tumor_radii_um)}_to_{max(self.tumor_radii_um)}um"


@dataclass(frozen=True)
class Region:
    """Lowest and highest treatments (3,): period (min), duration (min), concentration."""

    lowest: tuple[float, float, float]
    highest: tuple[float, float, float]

    @classmethod
    def of(cls, config: RegionConfig, horizon_min: int) -> Self:
        """Read the region of a config; no pulse or period is longer than the horizon."""
        periods, durations = config.pulse_period_min, config.pulse_duration_min
        weakest, strongest = config.tnf_concentration
        return cls(
            (periods[0], durations[0], weakest),
            (min(periods[1], horizon_min), min(durations[1], horizon_min), strongest),
        )

    def within(self, domain: "Region") -> "Region":
        """Narrow the region to what a surrogate was trained on; whole minutes stay whole.

        Raises ``UserError`` when no choice remains of a parameter.
        """
        lowest = np.maximum(self.lowest, domain.lowest)
        highest = np.minimum(self.highest, domain.highest)
        lowest[:2], highest[:2] = np.ceil(lowest[:2]), np.floor(highest[:2])
        for index, name in enumerate(tables.PARAMETER_COLUMNS):
            if not lowest[index] < highest[index]:
                raise UserError(
                    f"{name} from {self.lowest[index]:g} to {self.highest[index]:g}: the surrogate "
                    f"was trained on {domain.lowest[index]:g} to {domain.highest[index]:g}; choose "
                    "treatments from there, or train it on others"
                )
        return Region.between(lowest, highest)

    @classmethod
    def between(cls, lowest: Values, highest: Values) -> "Region":
        """Make a region of two treatments (3,)."""
        low_period, low_duration, weakest = map(float, lowest)
        high_period, high_duration, strongest = map(float, highest)
        return cls((low_period, low_duration, weakest), (high_period, high_duration, strongest))


@dataclass(frozen=True)
class TreatmentProblem:
    """A target, the treatments to choose from, and what is minimised.

    ``is_front`` asks for both objectives, cells left and TNF given, instead of their weighted sum.
    ``start`` is the treatment that is evaluated first; by default one in the middle.
    """

    target: Target
    region: Region
    objective: TreatmentObjectiveConfig
    is_front: bool = False
    start: tuple[float, float, float] | None = None

    @cached_property
    def problem(self) -> Problem:
        """The problem that methods are given."""
        terms = (
            Term(CELLS_LEFT, "relative"),
            Term(CELLS_LEFT_DEVIATION, "relative"),
            Term(TNF_GIVEN, "relative"),
        )
        cells = {CELLS_LEFT: 1.0, CELLS_LEFT_DEVIATION: self.objective.caution}
        weighed = {name: self.objective.cells_weight * weight for name, weight in cells.items()}
        weighed[TNF_GIVEN] = self.objective.tnf_weight
        return Problem(
            name=f"treatment of {self.target.name}",
            content=self._content,
            space=Space(self._variables),
            terms=terms,
            objectives=(
                (Objective(CELLS_LEFT, "relative", cells), Objective.of(terms[2]))
                if self.is_front
                else (Objective(OBJECTIVE, "relative", weighed),)
            ),
            reference=self._reference,
            constraints=(Constraint(PULSE_EXCESS_MIN, "min", scale=self.region.highest[1]),),
        )

    def treatments(self, candidates: Values) -> Treatments:
        """Return the treatments (n, 3) that candidates (n, d) stand for.

        A pulse that is longer than its period, which no constraint admits, never ends.
        """
        period_min, duration_min, logarithm = candidates.T
        concentration = np.round(10**logarithm, _CONCENTRATION_DECIMALS)
        return np.column_stack(
            [
                period_min,
                np.minimum(duration_min, period_min),
                np.clip(concentration, self.region.lowest[2], self.region.highest[2]),
            ]
        )

    def evaluations(
        self, candidates: Values, cells_left: Values, deviations: Values
    ) -> Evaluations:
        """Work out terms and constraints of candidates (n, d) from what is left of their cells.

        ``cells_left`` (n, radii) are relative to the start, NaN where a simulation failed, and
        ``deviations`` the standard errors of these means.
        """
        rows = np.arange(len(candidates))
        cautious = cells_left + self.objective.caution * deviations
        is_sound = np.isfinite(cautious).all(axis=1)
        worst = np.argmax(cautious, axis=1)
        treatments = self.treatments(candidates)
        return Evaluations(
            terms=np.column_stack(
                [
                    cells_left[rows, worst],
                    deviations[rows, worst],
                    tnf_given(treatments, self.target.horizon_min),
                ]
            ),
            constraints=(candidates[:, 1] - candidates[:, 0])[:, None],
            status=np.where(is_sound, Status.OK, Status.FAILED).astype(np.int8),
        )

    @property
    def _variables(self) -> tuple[Variable, ...]:
        (*shortest, weakest), (*longest, strongest) = self.region.lowest, self.region.highest
        minutes = zip(tables.PARAMETER_COLUMNS, shortest, longest, strict=False)
        return (
            *(Variable(name, "min", low, high, "integer") for name, low, high in minutes),
            Variable(
                LOG_CONCENTRATION,
                "log10 of relative",
                math.log10(weakest),
                math.log10(strongest),
            ),
        )

    @property
    def _reference(self) -> tuple[float, ...]:
        if self.start is not None:
            period_min, duration_min, concentration = self.start
            return (period_min, duration_min, math.log10(concentration))
        space = Space(self._variables)
        middle = space.from_unit(np.full((1, space.dimension), 0.5))[0]
        # The middle of the durations may be longer than that of the periods.
        middle[1] = max(min(middle[1], middle[0]), self.region.lowest[1])
        return tuple(float(value) for value in middle)

    @property
    def _content(self) -> Mapping[str, Any]:
        return {
            "tumor_radii_um": list(self.target.tumor_radii_um),
            "horizon_min": self.target.horizon_min,
            # Of several radii it decides which one counts.
            "caution": self.objective.caution,
        }


def tnf_given(treatments: Treatments, horizon_min: int) -> Values:
    """Return the TNF given by the horizon (n,), relative to a concentration of 1 that never ends.

    Pulses begin at 0 min and after every period; of the last one only what lies before the horizon
    counts.
    """
    period_min, duration_min, concentration = treatments.T
    pulses = np.floor(horizon_min / period_min)
    last_min = np.minimum(horizon_min - pulses * period_min, duration_min)
    on_min = pulses * duration_min + last_min
    given: Values = concentration * on_min / horizon_min
    return given
