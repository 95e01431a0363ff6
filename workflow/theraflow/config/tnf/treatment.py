"""Section ``tnf.treatment``: which treatments are searched, by what, and how they are verified."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.designs import ConcentrationInterval, MinutesInterval
from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM

MethodParameter = bool | int | float | str | list[float] | None
# Such a name enters file names, and commands that schedulers hand to shells.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,63}")
TreatedRadius = Annotated[
    WholeNumber, Field(ge=TUMOR_RADIUS_RANGE_UM[0], le=TUMOR_RADIUS_RANGE_UM[1])
]


class RegionConfig(Section):
    """The treatments to choose from; a surrogate narrows them to those that it was trained on."""

    pulse_period_min: MinutesInterval = setting(
        "shortest and longest time between the starts of two pulses", unit="min", default=(5, 800)
    )
    pulse_duration_min: MinutesInterval = setting(
        "shortest and longest pulse; none is longer than its period", unit="min", default=(5, 200)
    )
    tnf_concentration: ConcentrationInterval = setting(
        "lowest and highest TNF concentration of a pulse, searched on a logarithmic scale",
        unit="relative",
        default=(0.005, 1.0),
    )

    @field_validator("tnf_concentration")
    @classmethod
    def _has_a_logarithm(cls, concentrations: tuple[float, float]) -> tuple[float, float]:
        if concentrations[0] <= 0:
            raise ValueError("the scale is logarithmic: give a lowest concentration above 0")
        return concentrations

    @field_validator("pulse_period_min", "pulse_duration_min", "tnf_concentration")
    @classmethod
    def _leaves_a_choice(cls, interval: tuple[float, float]) -> tuple[float, float]:
        if interval[0] == interval[1]:
            raise ValueError("leaves no choice: give a lower end below the upper one")
        return interval


class TreatmentObjectiveConfig(Section):
    """What is minimised: a weighted sum; searches of a front minimise both parts at once."""

    cells_weight: float = setting(
        "weight of the living cells at the horizon, relative to the start", default=1.0, ge=0.0
    )
    tnf_weight: float = setting(
        "weight of the TNF given: concentration x on-time, relative to always on at 1",
        default=0.0,
        ge=0.0,
    )
    caution: float = setting(
        "standard deviations of the predicted mean that are added to the living cells: above 0 "
        "guards against what a surrogate is unsure of, below 0 explores it",
        default=0.0,
    )


class TreatmentSearchConfig(Section):
    """A method of search with its settings, and what predicts the cells for it."""

    method: str = setting("name of a method of theraflow.search", min_length=1)
    settings: dict[str, MethodParameter] = Field(
        default_factory=dict, description="settings of the method by their names there"
    )
    evaluator: Literal["separate", "general", "engine"] = setting(
        "separate: the surrogate of each radius. general: the one for every radius. engine: the "
        "simulator itself",
        default="separate",
    )
    budget_evaluations: WholeNumber | None = setting(
        "treatments that one search evaluates; null: the study's budget",
        unit="evaluations",
        default=None,
        ge=1,
    )


class VerificationConfig(Section):
    """Simulations that tell what the treatments found are worth; their seeds are used once."""

    candidates: WholeNumber = setting(
        "best treatments of each evaluator that are simulated again", default=10, ge=1, le=1000
    )
    front_candidates: WholeNumber = setting(
        "treatments spread over each front that are simulated again; 0 for none",
        default=6,
        ge=0,
        le=1000,
    )
    least_distance: float = setting(
        "two treatments count as one when no variable differs by more than this share of its range",
        default=0.02,
        ge=0.0,
        lt=1.0,
    )
    replicates: WholeNumber = setting(
        "simulations of each of these treatments", unit="simulations", default=32, ge=2
    )


class RefinementConfig(Section):
    """A further search by the simulator, from the best treatment that simulations have chosen."""

    budget_evaluations: WholeNumber = setting(
        "treatments that it evaluates; 0 for no such search",
        unit="evaluations",
        default=0,
        ge=0,
    )
    replicates: WholeNumber = setting(
        "simulations of each, with the same random numbers for every treatment",
        unit="simulations",
        default=8,
        ge=1,
    )
    method: str = setting("name of a method of theraflow.search", default="nelder-mead")
    settings: dict[str, MethodParameter] = Field(
        default_factory=dict, description="settings of the method by their names there"
    )


def _default_searches() -> dict[str, TreatmentSearchConfig]:
    return {
        "sobol": TreatmentSearchConfig(method="sobol"),
        "cma_es": TreatmentSearchConfig(method="cma-es"),
        "nsga2": TreatmentSearchConfig(method="nsga2"),
        "cma_es_general": TreatmentSearchConfig(method="cma-es", evaluator="general"),
    }


class TreatmentConfig(Section):
    """Treatments that leave few living cells, searched on surrogates and proven by simulation."""

    radii_um: tuple[TreatedRadius, ...] | None = setting(
        "radii, each of which gets treatments of its own; null: those of `tnf.tumor_radii_um`",
        unit="um",
        default=None,
    )
    worst_case_radii_um: tuple[TreatedRadius, ...] = setting(
        "radii that one treatment is for, as the size of a tumour is not known exactly: what "
        "counts is the radius with the most living cells; none: no such search",
        unit="um",
        default=(),
    )
    region: RegionConfig = setting("treatments to choose from", default=RegionConfig())
    objective: TreatmentObjectiveConfig = setting(
        "what is minimised", default=TreatmentObjectiveConfig()
    )
    searches: dict[str, TreatmentSearchConfig] = setting(
        "searches by the names that tables and files give them; none: no treatment is searched",
        default_factory=_default_searches,
    )
    seeds: tuple[WholeNumber, ...] = setting(
        "seeds; each is an independent search", default=(1,), min_length=1
    )
    budget_evaluations: WholeNumber = setting(
        "treatments that one search evaluates", unit="evaluations", default=3000, ge=1
    )
    search_replicates: WholeNumber = setting(
        "simulations of a treatment where the simulator itself is searched, with the same random "
        "numbers for every treatment",
        unit="simulations",
        default=3,
        ge=1,
    )
    verification: VerificationConfig = setting(
        "what is simulated again", default=VerificationConfig()
    )
    refinement: RefinementConfig = setting(
        "a search by the simulator from there", default=RefinementConfig()
    )

    @field_validator("radii_um", "worst_case_radii_um", "seeds")
    @classmethod
    def _are_unique(cls, values: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if values is not None and len(set(values)) < len(values):
            raise ValueError("give each once")
        return values

    @field_validator("worst_case_radii_um")
    @classmethod
    def _are_several(cls, radii: tuple[int, ...]) -> tuple[int, ...]:
        if len(radii) == 1:
            raise ValueError("give several radii, or put this one into radii_um")
        return radii

    @field_validator("searches")
    @classmethod
    def _have_plain_names(
        cls, searches: dict[str, TreatmentSearchConfig]
    ) -> dict[str, TreatmentSearchConfig]:
        for name in searches:
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot be part of a file's name: give up to 64 letters a to z, "
                    "digits and _, the first a letter or digit"
                )
        return searches
