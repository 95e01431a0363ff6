"""Section ``crc.therapy``: the therapy template and the limits of its drugs."""

import itertools
from typing import Final, Literal, Self

from pydantic import field_validator, model_validator

from theraflow.config.base import Section, setting

# Whole vials make more doses than any method should choose from.
_MOST_LEVELS: Final = 200


def vial_levels_mg(vial_sizes_mg: tuple[float, ...], largest_dose_mg: float) -> tuple[float, ...]:
    """List the doses that whole vials make, from none up to the largest dose, in mg."""
    counts = (range(int(largest_dose_mg / size + 1e-9) + 1) for size in vial_sizes_mg)
    doses = {
        round(sum(n * size for n, size in zip(some, vial_sizes_mg, strict=True)), 9)
        for some in itertools.product(*counts)
    }
    return tuple(sorted(dose for dose in doses if dose <= largest_dose_mg + 1e-9))


class _DrugConfig(Section):
    """What the limits of both drugs have in common."""

    vial_sizes_mg: tuple[float, ...] = setting(
        "sizes of the vials that a dose must be made of, each emptied; none: any dose is possible",
        unit="mg",
        default=(),
        neutral=(),
    )

    @field_validator("vial_sizes_mg")
    @classmethod
    def _accept_only_sizes(cls, sizes: tuple[float, ...]) -> tuple[float, ...]:
        if any(size <= 0 for size in sizes) or len(set(sizes)) < len(sizes):
            raise ValueError("sizes of vials must be distinct and more than 0 mg")
        return sizes


class AtezolizumabConfig(_DrugConfig):
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


class CibisatamabConfig(_DrugConfig):
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

    template: Literal["monthly", "weekly", "loading_maintenance", "holidays"] = setting(
        "what of a therapy is chosen, for each drug. monthly, the paper's: a dose per month and a "
        "period. weekly: a dose per week, made smaller with those around it where they would not "
        "be safe. loading_maintenance: the first dose, one for all others, and a period. holidays: "
        "as monthly, and a break that begins in some week and lasts some weeks",
        default="monthly",
        neutral="monthly",
    )
    size: Literal["relative", "diameter_mm", "diameter_cm", "volume_mm3"] = setting(
        "what the inefficacy of the objective measures. relative: size(H)^2 in percent of that "
        "under the reference therapy, as in the paper's figures; the reference has J = 100 at the "
        "default weights. The others: size(H)^2 / size(0), with the tumour's diameter in mm or cm, "
        "or the volume of a sphere of that diameter",
        default="relative",
    )
    horizon_days: float = setting(
        "time from therapy start until which drugs are given, and at which the response is judged",
        unit="days",
        default=400,
        gt=0,
    )
    tail_days: float = setting(
        "time without drugs after the horizon at whose end the objective judges the tumour; 0 is "
        "the paper's, which rewards last doses that only hold the tumour back until then",
        unit="days",
        default=0,
        ge=0,
        neutral=0,
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
        "weight of the inefficacy (see size) in the objective", default=0.9, ge=0
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

    @model_validator(mode="after")
    def _keep_doses_that_count(self) -> Self:
        a, c = self.atezolizumab, self.cibisatamab
        largest_mg = max(a.largest_dose_mg_per_kg * a.body_weight_kg, c.largest_dose_mg)
        if self.smallest_dose_mg > largest_mg:
            raise ValueError(
                f"smallest_dose_mg is above the largest dose of both drugs ({largest_mg:g} mg): no "
                "therapy would give anything on the first day, as all must; lower it"
            )
        return self

    @model_validator(mode="after")
    def _keep_reference_made_of_vials(self) -> Self:
        a, c = self.atezolizumab, self.cibisatamab
        for name, drug, largest_mg in (
            ("atezolizumab", a, a.largest_dose_mg_per_kg * a.body_weight_kg),
            ("cibisatamab", c, c.largest_dose_mg),
        ):
            if not drug.vial_sizes_mg:
                continue
            levels = vial_levels_mg(drug.vial_sizes_mg, largest_mg)
            if len(levels) > _MOST_LEVELS:
                raise ValueError(
                    f"vial_sizes_mg of {name} make {len(levels)} doses: give larger vials, for "
                    f"{_MOST_LEVELS} at most"
                )
            if abs(levels[-1] - largest_mg) > 1e-6:
                raise ValueError(
                    f"vial_sizes_mg of {name} do not make the reference dose of {largest_mg:g} mg, "
                    f"only {levels[-1]:g} mg: choose sizes that add up to it"
                )
        return self
