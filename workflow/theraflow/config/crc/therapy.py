"""Section ``crc.therapy``: the therapy template and the limits of its drugs."""

from typing import Self

from pydantic import model_validator

from theraflow.config.base import Section, setting


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

    @model_validator(mode="after")
    def _keep_reference_allowed(self) -> Self:
        a, c = self.atezolizumab, self.cibisatamab
        for name, dose, limit in (
            ("atezolizumab", a.largest_dose_mg_per_kg, a.safety_limit_mg_per_kg),
            ("cibisatamab", c.largest_dose_mg, c.safety_limit_mg),
        ):
            if dose > limit:
                raise ValueError(f"the largest dose of {name} must not exceed its safety limit")
        for name, drug in (("atezolizumab", a), ("cibisatamab", c)):
            if drug.safety_window_weeks > self.longest_period_weeks:
                raise ValueError(
                    f"safety_window_weeks of {name} must not exceed longest_period_weeks"
                )
        return self
