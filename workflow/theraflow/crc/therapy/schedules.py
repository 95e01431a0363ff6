"""Schedules: what the numbers of a candidate are, and the weekly doses that they stand for.

``crc.therapy.template`` of the config chooses one. ``doses`` of candidates (n, d) have shape (n, 2,
weeks), in mg; the first drug is atezolizumab.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from theraflow.config.crc.therapy import TherapyConfig, vial_levels_mg
from theraflow.crc.therapy.drugs import Drug, drugs_of, weeks_of
from theraflow.crc.therapy.therapy import SYMBOLS
from theraflow.search.problem import Values, Variable

_WEEK_DAYS: Final = 7.0
_MG: Final = "mg"
_LEVEL: Final = "level"


@dataclass(frozen=True)
class _DoseLevels:
    """The doses of one drug that may be chosen: any up to the largest, or what vials make."""

    drug: Drug
    levels_mg: tuple[float, ...]

    def variable(self, name: str) -> Variable:
        if self.levels_mg:
            return Variable(name, _LEVEL, 0, len(self.levels_mg) - 1, "integer")
        return Variable(name, _MG, 0.0, self.drug.largest_dose_mg)

    @property
    def largest(self) -> float:
        """The number that stands for the largest dose."""
        return len(self.levels_mg) - 1 if self.levels_mg else self.drug.largest_dose_mg

    def dose_mg(self, chosen: Values) -> Values:
        if self.levels_mg:
            return np.asarray(self.levels_mg)[chosen.astype(np.int64)]
        return chosen

    def at_most(self, dose_mg: Values) -> Values:
        """Reduce doses to those that may be chosen, of vials to as many whole ones as fit."""
        if not self.levels_mg:
            return dose_mg
        # Products of doses are rounded.
        fitting = np.searchsorted(self.levels_mg, dose_mg + 1e-6, side="right") - 1
        return np.asarray(self.levels_mg)[fitting]


class Schedule(ABC):
    """Variables of a therapy, the reference among their values, and the doses of candidates."""

    def __init__(self, config: TherapyConfig) -> None:
        self._config = config
        self._weeks = weeks_of(config)
        self._levels = tuple(
            _DoseLevels(drug, vial_levels_mg(sizes, drug.largest_dose_mg) if sizes else ())
            for drug, sizes in zip(
                drugs_of(config),
                (config.atezolizumab.vial_sizes_mg, config.cibisatamab.vial_sizes_mg),
                strict=True,
            )
        )
        self._drugs = list(zip(SYMBOLS, self._levels, strict=True))

    @abstractmethod
    def variables(self) -> tuple[Variable, ...]:
        """List the variables, in the order of a candidate's numbers."""

    @abstractmethod
    def reference(self) -> tuple[float, ...]:
        """Return the numbers of the reference therapy."""

    def without(
        self, candidate: tuple[float, ...], drugs_given: tuple[bool, bool]
    ) -> tuple[float, ...]:
        """Return a candidate's numbers with no dose of the drugs that are not given."""
        given = dict(zip(SYMBOLS, drugs_given, strict=True))
        return tuple(
            0.0 if _is_dose(variable) and not given[_symbol(variable)] else value
            for variable, value in zip(self.variables(), candidate, strict=True)
        )

    def doses_named(self, name: str) -> list[int]:
        """Find the places of a variable, or of all doses of a drug: ``d_a``, ``d_c``."""
        return [
            index
            for index, variable in enumerate(self.variables())
            if variable.name == name or (_is_dose(variable) and name == f"d_{_symbol(variable)}")
        ]

    @abstractmethod
    def _doses_mg(self, candidates: Values) -> Values:
        """Return the doses of candidates before the smallest one that counts is looked at."""

    def weekly_dose_mg(self, candidates: Values) -> Values:
        """Return doses (n, 2, weeks) of candidates (n, d), mg; those too small count as none."""
        doses_mg = self._doses_mg(candidates)
        return np.where(doses_mg >= self._config.smallest_dose_mg, doses_mg, 0.0)

    def _monthly_dose_mg(self, chosen: list[Values]) -> Values:
        """Spread doses (n, months) of both drugs over the weeks of their months."""
        month = np.arange(self._weeks) // self._config.weeks_per_month
        return np.stack(
            [
                levels.dose_mg(values)[:, month]
                for levels, values in zip(self._levels, chosen, strict=True)
            ],
            axis=1,
        )

    def _is_due(self, period_weeks: Values) -> NDArray[np.bool_]:
        """Tell in which weeks (n, 2, weeks) drugs of these periods (n, 2) are due."""
        week = np.arange(self._weeks)
        return np.asarray(week % period_weeks.astype(np.int64)[:, :, None] == 0)

    def _period_variables(self) -> tuple[Variable, ...]:
        longest = self._config.longest_period_weeks
        return tuple(Variable(f"f_{symbol}", "weeks", 1, longest, "integer") for symbol in SYMBOLS)

    def _reference_periods(self) -> tuple[float, ...]:
        return tuple(float(levels.drug.safety_window_weeks) for levels in self._levels)


def _is_dose(variable: Variable) -> bool:
    return variable.unit in {_MG, _LEVEL}


def _symbol(variable: Variable) -> str:
    return variable.name.split("_")[1]


class _Monthly(Schedule):
    """A dose per month and a period, for each drug (Esposito and Picchiami 2021, section 4)."""

    def variables(self) -> tuple[Variable, ...]:
        months = range(1, self._config.months + 1)
        doses = [
            levels.variable(f"d_{symbol}_{month}")
            for symbol, levels in self._drugs
            for month in months
        ]
        return (*doses, *self._period_variables())

    def reference(self) -> tuple[float, ...]:
        doses = [levels.largest for levels in self._levels for _ in range(self._config.months)]
        return (*doses, *self._reference_periods())

    def _doses_mg(self, candidates: Values) -> Values:
        months = self._config.months
        chosen = [candidates[:, :months], candidates[:, months : 2 * months]]
        due = self._is_due(candidates[:, 2 * months : 2 * months + 2])
        return np.where(due, self._monthly_dose_mg(chosen), 0.0)


class _Holidays(_Monthly):
    """Months and periods, and a break of each drug; one of no weeks is none."""

    def variables(self) -> tuple[Variable, ...]:
        breaks = [
            variable
            for symbol in SYMBOLS
            for variable in (
                Variable(f"break_{symbol}_first", "week", 1, self._weeks, "integer"),
                Variable(f"break_{symbol}_length", "weeks", 0, self._weeks, "integer"),
            )
        ]
        return (*super().variables(), *breaks)

    def reference(self) -> tuple[float, ...]:
        return (*super().reference(), *(1.0, 0.0) * len(SYMBOLS))

    def _doses_mg(self, candidates: Values) -> Values:
        first = candidates[:, [-4, -2], None]
        week = np.arange(1, self._weeks + 1)
        is_break = (week >= first) & (week < first + candidates[:, [-3, -1], None])
        return np.where(is_break, 0.0, super()._doses_mg(candidates))


class _Weekly(Schedule):
    """A dose per week until the horizon, for each drug, made smaller where it would not be safe.

    Doses of free choice hardly ever keep to a window of several weeks: methods would find no
    therapy but the reference for a long time, and some none.
    """

    @property
    def _given_weeks(self) -> int:
        return min(self._weeks, int(np.ceil(self._config.horizon_days / _WEEK_DAYS)))

    def variables(self) -> tuple[Variable, ...]:
        return tuple(
            levels.variable(f"dose_{symbol}_{week}")
            for symbol, levels in self._drugs
            for week in range(1, self._given_weeks + 1)
        )

    def reference(self) -> tuple[float, ...]:
        weeks = range(self._given_weeks)
        return tuple(
            float(levels.largest if week % levels.drug.safety_window_weeks == 0 else 0)
            for levels in self._levels
            for week in weeks
        )

    def _doses_mg(self, candidates: Values) -> Values:
        given = self._given_weeks
        doses_mg = np.zeros((len(candidates), len(self._levels), self._weeks))
        for index, levels in enumerate(self._levels):
            chosen_mg = levels.dose_mg(candidates[:, index * given : (index + 1) * given])
            doses_mg[:, index, :given] = levels.at_most(
                chosen_mg * _safe_share(chosen_mg, levels.drug)
            )
        return doses_mg


def _safe_share(chosen_mg: Values, drug: Drug) -> Values:
    """Return by how much to multiply doses (n, weeks) so that no window holds more than its limit.

    A dose is as much smaller as the fullest window that it lies in demands.
    """
    window = min(drug.safety_window_weeks, chosen_mg.shape[1])
    sums_mg = sliding_window_view(chosen_mg, window, axis=1).sum(axis=2)
    excess = np.maximum(sums_mg / drug.safety_limit_mg, 1)
    # Each week lies in the windows that begin in it or up to a window's length before.
    around = np.pad(excess, ((0, 0), (window - 1, window - 1)), constant_values=1)
    return np.asarray(1 / sliding_window_view(around, window, axis=1).max(axis=2))


class _LoadingMaintenance(Schedule):
    """A first dose, one for all others, and a period, for each drug."""

    def variables(self) -> tuple[Variable, ...]:
        doses = [
            levels.variable(f"{name}_{symbol}")
            for symbol, levels in self._drugs
            for name in ("loading", "maintenance")
        ]
        return (*doses, *self._period_variables())

    def reference(self) -> tuple[float, ...]:
        return (
            *(levels.largest for levels in self._levels for _ in range(2)),
            *self._reference_periods(),
        )

    def _doses_mg(self, candidates: Values) -> Values:
        doses_mg = np.zeros((len(candidates), len(self._levels), self._weeks))
        for index, levels in enumerate(self._levels):
            doses_mg[:, index, :1] = levels.dose_mg(candidates[:, 2 * index : 2 * index + 1])
            doses_mg[:, index, 1:] = levels.dose_mg(candidates[:, 2 * index + 1 : 2 * index + 2])
        return np.where(self._is_due(candidates[:, -2:]), doses_mg, 0.0)


_SCHEDULES: Final[dict[str, type[Schedule]]] = {
    "monthly": _Monthly,
    "weekly": _Weekly,
    "loading_maintenance": _LoadingMaintenance,
    "holidays": _Holidays,
}


def schedule_of(config: TherapyConfig) -> Schedule:
    """Return the schedule that the config's template names."""
    return _SCHEDULES[config.template](config)
