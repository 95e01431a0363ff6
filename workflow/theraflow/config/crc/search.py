"""Section ``crc.search``: algorithms, budgets and solvers of the therapy searches."""

import re
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from theraflow.config.base import Section, setting

MethodParameter = bool | int | float
# Such a name enters file names, and commands that schedulers hand to shells.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OTHER_ARMS: Final = ("untreated", "reference")


class SolverConfig(Section):
    """Tolerances of COPASI's LSODA while searching; at 1e-4, J is off by up to 2.2e-4 of itself."""

    relative_tolerance: float = setting("relative tolerance", default=1e-4, gt=0, lt=1)
    absolute_tolerance: float = setting(
        "absolute tolerance, in units of each amount", default=1e-4, gt=0
    )
    internal_steps: int = setting(
        "most internal steps between two outputs", unit="steps", default=100_000, ge=100
    )


class VerificationSolverConfig(SolverConfig):
    """Tolerances of COPASI's LSODA where patients are grown and therapies verified."""

    relative_tolerance: float = setting("relative tolerance", default=1e-8, gt=0, lt=1)
    absolute_tolerance: float = setting(
        "absolute tolerance, in units of each amount", default=1e-12, gt=0
    )


class AlgorithmConfig(Section):
    """One of COPASI's optimisation methods with its settings."""

    method: str = setting("name of the method in COPASI", min_length=1)
    settings: dict[str, MethodParameter] = Field(
        default_factory=dict, description="settings of the method by their names in COPASI"
    )


def _default_algorithms() -> dict[str, AlgorithmConfig]:
    return {
        "random_search": AlgorithmConfig(method="Random Search"),
        "levenberg_marquardt": AlgorithmConfig(method="Levenberg - Marquardt"),
        "nelder_mead": AlgorithmConfig(method="Nelder - Mead"),
        "genetic_algorithm": AlgorithmConfig(
            method="Genetic Algorithm",
            settings={"Population Size": 64, "Mutation Variance": 0.1},
        ),
        "particle_swarm": AlgorithmConfig(
            method="Particle Swarm", settings={"Swarm Size": 30, "Std. Deviation": 0.1}
        ),
    }


class SearchConfig(Section):
    """Therapy searches: every algorithm on every patient at the same budget."""

    algorithms: dict[str, AlgorithmConfig] = setting(
        "algorithms by the names that tables, figures and files give them",
        default_factory=_default_algorithms,
        min_length=1,
    )
    seeds: tuple[int, ...] = setting(
        "seeds; each is an independent search", default=(1,), min_length=1
    )
    budget_seconds: float | None = setting(
        "wall time of one search, if the budget is time", unit="s", default=3600, gt=0
    )
    budget_evaluations: int | None = setting(
        "therapies that one search simulates, if the budget is evaluations",
        unit="evaluations",
        default=None,
        ge=1,
    )
    search_solver: SolverConfig = setting("solver while searching", default=SolverConfig())
    verification_solver: VerificationSolverConfig = setting(
        "solver that grows patients and verifies therapies", default=VerificationSolverConfig()
    )

    @field_validator("algorithms")
    @classmethod
    def _accept_only_plain_names(
        cls, algorithms: dict[str, AlgorithmConfig]
    ) -> dict[str, AlgorithmConfig]:
        for name in algorithms:
            if name in _OTHER_ARMS:
                raise ValueError(f"{name!r} is another arm of the comparison: choose another name")
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot be part of a file's name: give up to 64 letters a to z, "
                    "digits, _ and -, the first a letter or digit"
                )
        return algorithms

    @field_validator("seeds")
    @classmethod
    def _accept_only_positive_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 0 < seed < 2**31 for seed in seeds) or len(set(seeds)) < len(seeds):
            raise ValueError(
                "seeds must be distinct, from 1 to 2147483647 (0 means random to COPASI)"
            )
        return seeds

    @model_validator(mode="after")
    def _ask_for_one_budget(self) -> Self:
        if (self.budget_seconds is None) == (self.budget_evaluations is None):
            raise ValueError("give either budget_seconds or budget_evaluations, the other null")
        return self
