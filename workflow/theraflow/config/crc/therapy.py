"""Section ``crc.therapy``: the therapy template and the limits of its drugs."""

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from theraflow.config.base import Section, setting


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
