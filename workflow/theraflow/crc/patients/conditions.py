"""The conditions under which candidates grow: the part of the config that decides their outcome."""

from dataclasses import dataclass
from typing import Self

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig, SolverConfig
from theraflow.config.crc.therapy import TherapyConfig


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
