"""Section ``crc.search``: algorithms, budgets and solvers of the therapy searches."""

import re
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from theraflow.config.base import Section, WholeNumber, setting

MethodParameter = bool | int | float | str | list[float] | None
# Such a name enters file names, and commands that schedulers hand to shells.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OTHER_ARMS: Final = ("untreated", "reference")


class SolverConfig(Section):
    """Tolerances of COPASI's LSODA while searching; at 1e-4, J is off by up to 4.8e-4 of itself."""

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


def _checked_seeds(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if any(not 0 < seed < 2**31 for seed in seeds) or len(set(seeds)) < len(seeds):
        raise ValueError("seeds must be distinct, from 1 to 2147483647 (0 means random to COPASI)")
    return seeds


class AlgorithmConfig(Section):
    """A method of search with its settings, what evaluates for it, and where it differs."""

    method: str = setting(
        "name of the method: COPASI's where the evaluator is native, otherwise one of "
        "theraflow.search",
        min_length=1,
    )
    settings: dict[str, MethodParameter] = Field(
        default_factory=dict, description="settings of the method by their names there"
    )
    evaluator: Literal["native", "compiled", "copasi"] = setting(
        "native: COPASI's method in COPASI's own loop. compiled and copasi: a method of "
        "theraflow.search, whose therapies the compiled model or COPASI simulates",
        default="compiled",
    )
    budget_seconds: float | None = setting(
        "wall time of one search; null: the study's budget", unit="s", default=None, gt=0
    )
    budget_evaluations: WholeNumber | None = setting(
        "therapies that one search simulates; null: the study's budget",
        unit="evaluations",
        default=None,
        ge=1,
    )
    patients: WholeNumber | None = setting(
        "the first so many patients are searched; null: all of them",
        unit="patients",
        default=None,
        ge=1,
    )
    seeds: tuple[int, ...] | None = setting("seeds; null: the study's", default=None, min_length=1)

    @field_validator("seeds")
    @classmethod
    def _accept_only_positive_seeds(cls, seeds: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return seeds if seeds is None else _checked_seeds(seeds)

    @model_validator(mode="after")
    def _accept_one_budget(self) -> Self:
        if self.budget_seconds is not None and self.budget_evaluations is not None:
            raise ValueError("give budget_seconds or budget_evaluations, not both")
        return self


def _native(method: str, **settings: float) -> AlgorithmConfig:
    return AlgorithmConfig(method=method, settings={**settings}, evaluator="native")


def _default_algorithms() -> dict[str, AlgorithmConfig]:
    return {
        "random_search": _native("Random Search"),
        "levenberg_marquardt": _native("Levenberg - Marquardt"),
        "nelder_mead": _native("Nelder - Mead"),
        "genetic_algorithm": _native(
            "Genetic Algorithm", **{"Population Size": 64, "Mutation Variance": 0.1}
        ),
        "particle_swarm": _native("Particle Swarm", **{"Swarm Size": 30, "Std. Deviation": 0.1}),
    }


class RegimenConfig(Section):
    """One regimen for many: a therapy that is best for the selected patients together."""

    statistics: tuple[Literal["mean", "worst_quarter"], ...] = setting(
        "what of the patients' inefficacies the regimen minimises: their mean, or the mean of the "
        "worst quarter of them; none: no regimen is searched",
        default=(),
    )
    patients: WholeNumber | None = setting(
        "the first so many patients get the regimen; null: all of them",
        unit="patients",
        default=None,
        ge=2,
    )
    algorithms: tuple[str, ...] = setting(
        "names of algorithms that search it; none is native, and each simulates its therapies for "
        "every patient",
        default=(),
    )


class SearchConfig(Section):
    """Therapy searches: algorithms on patients, at one budget unless an algorithm has its own."""

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
    regimen: RegimenConfig = setting("one regimen for many patients", default=RegimenConfig())
    search_solver: SolverConfig = setting("COPASI's solver while searching", default=SolverConfig())
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
        return _checked_seeds(seeds)

    @model_validator(mode="after")
    def _ask_for_one_budget(self) -> Self:
        if (self.budget_seconds is None) == (self.budget_evaluations is None):
            raise ValueError("give either budget_seconds or budget_evaluations, the other null")
        return self

    @model_validator(mode="after")
    def _know_algorithms_of_regimen(self) -> Self:
        for name in self.regimen.algorithms:
            if name not in self.algorithms:
                raise ValueError(
                    f"regimen.algorithms: '{name}' is none of {', '.join(self.algorithms)}"
                )
            if self.algorithms[name].evaluator == "native":
                raise ValueError(
                    f"regimen.algorithms: '{name}' is native to COPASI, which knows one patient; "
                    "choose one of another evaluator"
                )
        if bool(self.regimen.algorithms) != bool(self.regimen.statistics):
            raise ValueError("regimen: give both statistics and algorithms, or neither")
        return self
