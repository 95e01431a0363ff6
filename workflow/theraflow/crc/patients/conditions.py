"""The conditions under which candidates grow: the part of the config that decides their outcome."""

from dataclasses import dataclass
from typing import Final, Self

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig, SolverConfig
from theraflow.config.crc.therapy import TherapyConfig

_WEEK_DAYS: Final = 7.0


@dataclass(frozen=True)
class GrowthConditions:
    """Model, template, time limit and solvers, with which candidates grow and are treated.

    ``arms_solver`` is that of the searches, so that the reference arm is their evaluation 1.
    """

    model: ModelConfig
    therapy: TherapyConfig
    limit_days: float
    growth_solver: SolverConfig
    arms_solver: SolverConfig

    @property
    def sample_days(self) -> float:
        """Time between samples of an arm's diameter: a week, or a day where weeks do not fit."""
        return _WEEK_DAYS if self.therapy.horizon_days % _WEEK_DAYS == 0 else 1.0

    @classmethod
    def of(
        cls,
        model: ModelConfig,
        patients: PatientsConfig,
        therapy: TherapyConfig,
        search: SearchConfig,
    ) -> Self:
        """Take them from their sections."""
        return cls(
            model,
            therapy,
            patients.growth_limit_days,
            search.verification_solver,
            search.search_solver,
        )
