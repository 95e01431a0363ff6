"""Config of the colorectal-cancer study: model, virtual patients, therapies, searches."""

import re
from dataclasses import dataclass
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.figures import FiguresConfig

MethodParameter = bool | int | float
# Such a name enters file names, and commands that schedulers hand to shells.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class ModelNamesConfig(Section):
    """What the study's quantities are called in the SBML file."""

    tumour_diameter: str = setting(
        "quantity with the tumour's diameter", default="tumour_diameter", min_length=1
    )
    atezolizumab: str = setting(
        "species that a dose of atezolizumab enters", default="V_C_atezo", min_length=1
    )
    cibisatamab: str = setting(
        "species that a dose of cibisatamab enters", default="V_C_cibis", min_length=1
    )


class ModelConfig(Section):
    """The SBML model: our own, built from ``resources/crc_qsp``, or a file of the user."""

    sbml_file: str | None = setting(
        "SBML model to use instead of the one built from resources/crc_qsp; time in days",
        default=None,
    )
    names: ModelNamesConfig = setting("names within the model", default=ModelNamesConfig())
    diameter_unit_mm: float = setting(
        "length of the unit in which the model gives the tumour's diameter",
        unit="mm",
        default=10,
        gt=0,
    )
    amount_unit_nmol: float = setting(
        "amount of drug that the model counts as one", unit="nmol", default=1, gt=0
    )


class ResponderConfig(Section):
    """Which admissible patients count as responders to the reference therapy."""

    definition: Literal[
        "below_single_drugs",
        "shrunken_at_horizon",
        "best_change",
        "below_untreated",
        "both_drugs_contribute",
    ] = setting(
        "at the horizon, the diameter under both drugs is below that of the better single drug; "
        "below that at therapy start; was once below that at therapy start; is below that of the "
        "untreated tumour; under each drug alone is below that of the untreated tumour",
        default="below_single_drugs",
    )
    reduction_percent: float = setting(
        "smallest such reduction of the diameter", unit="percent", default=10, ge=0, le=100
    )


class PatientsConfig(Section):
    """The virtual population."""

    parameters_file: str = setting(
        "table of the sampled parameters and their distributions",
        default="resources/crc_qsp/patient_parameters.csv",
    )
    candidates: int = setting(
        "sampled parameter sets (Latin hypercube)", unit="patients", default=300, ge=1
    )
    seed: int = setting("seed of the sample", default=1, ge=0, lt=2**31)
    batch_size: int = setting("candidates that one job grows", unit="patients", default=50, ge=1)
    growth_limit_days: float = setting(
        "time within which the tumour must reach its initial diameter",
        unit="days",
        default=8000,
        gt=0,
    )
    growth_time_limit_s: float | None = setting(
        "wall time after which the growth of a candidate is ended and counts as timed out; null "
        "for none",
        unit="s",
        default=None,
        gt=0,
    )
    max_failed_fraction: float = setting(
        "share of a batch's candidates whose growth may fail before the batch fails; candidates "
        "that grow but are not plausible do not count",
        default=1.0,
        ge=0,
        le=1,
    )
    max_failed_growths: WholeNumber | None = setting(
        "growths of the whole campaign that may fail before its jobs stop growing; null for no "
        "limit",
        default=None,
        ge=0,
    )
    responder: ResponderConfig = setting("definition of a responder", default=ResponderConfig())
    responders: int = setting(
        "responders for whom therapies are searched", unit="patients", default=25, ge=1
    )


@dataclass(frozen=True)
class Drug:
    """Dose limits and molar mass of one drug."""

    largest_dose_mg: float
    safety_window_weeks: int
    safety_limit_mg: float
    molar_mass_kda: float

    @property
    def nanomoles_per_mg(self) -> float:
        """Amount of one milligram, nmol."""
        return 1e3 / self.molar_mass_kda


class AtezolizumabConfig(Section):
    """Dose limits of atezolizumab, which is dosed by body weight."""

    largest_dose_mg_per_kg: float = setting("largest single dose", unit="mg/kg", default=24, gt=0)
    safety_window_weeks: int = setting(
        "length of the window whose cumulative dose is limited; also the reference period",
        unit="weeks",
        default=4,
        ge=1,
    )
    safety_limit_mg_per_kg: float = setting(
        "largest cumulative dose within any such window", unit="mg/kg", default=24, gt=0
    )
    body_weight_kg: float = setting("body weight of every patient", unit="kg", default=70, gt=0)
    molar_mass_kda: float = setting("molar mass", unit="kDa", default=145, gt=0)


class CibisatamabConfig(Section):
    """Dose limits of cibisatamab, which is dosed flat."""

    largest_dose_mg: float = setting("largest single dose", unit="mg", default=160, gt=0)
    safety_window_weeks: int = setting(
        "length of the window whose cumulative dose is limited; also the reference period",
        unit="weeks",
        default=3,
        ge=1,
    )
    safety_limit_mg: float = setting(
        "largest cumulative dose within any such window", unit="mg", default=160, gt=0
    )
    molar_mass_kda: float = setting("molar mass", unit="kDa", default=194, gt=0)


class TherapyConfig(Section):
    """The therapy template (Esposito and Picchiami 2021, sections 4 and 5)."""

    horizon_days: float = setting(
        "time from therapy start at which the tumour is judged", unit="days", default=400, gt=0
    )
    months: int = setting("months with a dose of their own", unit="months", default=15, ge=1)
    weeks_per_month: int = setting("weeks in a month", unit="weeks", default=4, ge=1)
    longest_period_weeks: int = setting(
        "largest number of weeks between two doses", unit="weeks", default=12, ge=1
    )
    atezolizumab: AtezolizumabConfig = setting(
        "dose limits of atezolizumab", default=AtezolizumabConfig()
    )
    cibisatamab: CibisatamabConfig = setting(
        "dose limits of cibisatamab", default=CibisatamabConfig()
    )
    smallest_dose_mg: float = setting(
        "doses below this count as none; search methods propose some of 1e-300 mg",
        unit="mg",
        default=1e-3,
        gt=0,
    )
    inefficacy_weight: float = setting(
        "weight of the inefficacy (mm) in the objective", default=0.9, ge=0
    )
    drug_weight: float = setting(
        "weight of the drug quantity (percent) in the objective", default=0.1, ge=0
    )

    @property
    def weeks(self) -> int:
        """Number of weeks with a possible dose."""
        return self.months * self.weeks_per_month

    @property
    def drugs(self) -> tuple[Drug, Drug]:
        """Atezolizumab and cibisatamab, the order of every array of therapies."""
        a, c = self.atezolizumab, self.cibisatamab
        return (
            Drug(
                largest_dose_mg=a.largest_dose_mg_per_kg * a.body_weight_kg,
                safety_window_weeks=a.safety_window_weeks,
                safety_limit_mg=a.safety_limit_mg_per_kg * a.body_weight_kg,
                molar_mass_kda=a.molar_mass_kda,
            ),
            Drug(**c.model_dump()),
        )

    @model_validator(mode="after")
    def _keep_reference_allowed(self) -> Self:
        for name, drug in zip(("atezolizumab", "cibisatamab"), self.drugs, strict=True):
            if drug.largest_dose_mg > drug.safety_limit_mg:
                raise ValueError(f"the largest dose of {name} must not exceed its safety limit")
            if drug.safety_window_weeks > self.longest_period_weeks:
                raise ValueError(
                    f"safety_window_weeks of {name} must not exceed longest_period_weeks"
                )
        return self


class SolverConfig(Section):
    """Tolerances of COPASI's LSODA while searching; J is off by some 1e-5 of itself."""

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


class ComparisonConfig(Section):
    """Response classes and budgets of the comparison."""

    complete_response_diameter_mm: float = setting(
        "diameter below which the tumour counts as gone (CR)", unit="mm", default=2, gt=0
    )
    partial_response_percent: float = setting(
        "reduction of the diameter from which the response is partial (PR)",
        unit="percent",
        default=30,
        gt=0,
        lt=100,
    )
    progression_percent: float = setting(
        "growth of the diameter from which the disease is progressive (PD)",
        unit="percent",
        default=20,
        gt=0,
    )
    budget_shares: tuple[float, ...] = setting(
        "shares of the budget at which winners are named", default=(0.1, 0.25, 0.5, 1.0)
    )


class CrcConfig(Section):
    """The study of Esposito and Picchiami (2021): virtual patients and their best therapies."""

    model: ModelConfig = setting("the model", default=ModelConfig())
    patients: PatientsConfig = setting("the virtual patients", default=PatientsConfig())
    therapy: TherapyConfig = setting("the therapy template", default=TherapyConfig())
    search: SearchConfig = setting("the therapy searches", default=SearchConfig())
    comparison: ComparisonConfig = setting("the comparison", default=ComparisonConfig())
    figures: FiguresConfig = setting("looks of the figures", default=FiguresConfig())
