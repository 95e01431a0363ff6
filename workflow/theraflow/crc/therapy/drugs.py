"""Both drugs as the template doses them: limits in mg, and what a milligram is in nanomoles."""

from dataclasses import dataclass

from theraflow.config.crc.therapy import TherapyConfig


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


def drugs_of(config: TherapyConfig) -> tuple[Drug, Drug]:
    """Return atezolizumab and cibisatamab, the order of every array of therapies.

    Doses by body weight are those of the config's weight.
    """
    atezolizumab, cibisatamab = config.atezolizumab, config.cibisatamab
    return (
        Drug(
            largest_dose_mg=atezolizumab.largest_dose_mg_per_kg * atezolizumab.body_weight_kg,
            safety_window_weeks=atezolizumab.safety_window_weeks,
            safety_limit_mg=atezolizumab.safety_limit_mg_per_kg * atezolizumab.body_weight_kg,
            molar_mass_kda=atezolizumab.molar_mass_kda,
        ),
        Drug(
            largest_dose_mg=cibisatamab.largest_dose_mg,
            safety_window_weeks=cibisatamab.safety_window_weeks,
            safety_limit_mg=cibisatamab.safety_limit_mg,
            molar_mass_kda=cibisatamab.molar_mass_kda,
        ),
    )


def weeks_of(config: TherapyConfig) -> int:
    """Return the number of weeks with a possible dose."""
    return config.months * config.weeks_per_month
