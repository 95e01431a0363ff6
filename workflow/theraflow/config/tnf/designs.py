"""Section ``tnf.designs``: which pulses of TNF are simulated, and on which tumours."""

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.ranges import (
    PULSE_RANGE_MIN,
    TNF_CONCENTRATION_RANGE,
    TUMOR_RADIUS_RANGE_UM,
)

_Number = TypeVar("_Number", int, float)


def _ordered(interval: tuple[_Number, _Number]) -> tuple[_Number, _Number]:
    low, high = interval
    if low > high:
        raise ValueError(f"put the lower end first: [{high}, {low}]")
    return interval


TumorRadius = Annotated[
    WholeNumber, Field(ge=TUMOR_RADIUS_RANGE_UM[0], le=TUMOR_RADIUS_RANGE_UM[1])
]
_Minutes = Annotated[WholeNumber, Field(ge=PULSE_RANGE_MIN[0], le=PULSE_RANGE_MIN[1])]
_Concentration = Annotated[
    float, Field(ge=TNF_CONCENTRATION_RANGE[0], le=TNF_CONCENTRATION_RANGE[1])
]
MinutesInterval = Annotated[tuple[_Minutes, _Minutes], AfterValidator(_ordered)]
RadiusInterval = Annotated[tuple[TumorRadius, TumorRadius], AfterValidator(_ordered)]
ConcentrationInterval = Annotated[tuple[_Concentration, _Concentration], AfterValidator(_ordered)]


ConcentrationScale = Literal["linear", "log"]


class TreatmentRegion(Section):
    """The treatments that a design draws from; those with a pulse longer than its period drop."""

    pulse_period_min: MinutesInterval = setting(
        "lowest and highest time between the starts of two pulses", unit="min", default=(5, 800)
    )
    pulse_duration_min: MinutesInterval = setting(
        "lowest and highest length of a pulse", unit="min", default=(5, 200)
    )
    tnf_concentration_above: float = setting(
        "only concentrations above this one are kept; the paper leaves weaker pulses out",
        unit="relative",
        default=0.1,
        ge=0.0,
        lt=1.0,
    )
    tnf_concentration: ConcentrationInterval = setting(
        "lowest and highest TNF concentration of a pulse", unit="relative", default=(0.001, 1.0)
    )

    @field_validator("pulse_duration_min")
    @classmethod
    def _some_pulse_fits_its_period(
        cls, durations: tuple[int, int], info: ValidationInfo
    ) -> tuple[int, int]:
        periods = info.data.get("pulse_period_min")
        if periods is not None and durations[0] > periods[1]:
            raise ValueError(
                f"the shortest pulse ({durations[0]} min) is longer than the longest "
                f"pulse_period_min ({periods[1]} min)"
            )
        return durations

    @field_validator("tnf_concentration")
    @classmethod
    def _some_concentration_remains(
        cls, concentrations: tuple[float, float], info: ValidationInfo
    ) -> tuple[float, float]:
        threshold = info.data.get("tnf_concentration_above")
        if threshold is not None and concentrations[1] <= threshold:
            raise ValueError(
                f"not above tnf_concentration_above ({threshold}), so that no concentration remains"
            )
        return concentrations


class PaperDesign(TreatmentRegion):
    """The design of Abrate et al. (2024): a full grid joined with the grid of its mid-points."""

    kind: Literal["paper"] = setting("full grid and the grid of its mid-points", default="paper")
    levels: WholeNumber = setting(
        "equally spaced values per parameter; there are `levels - 1` mid-points",
        default=11,
        ge=2,
        le=101,
    )


class SampledRegion(TreatmentRegion):
    """A region whose points are drawn."""

    concentration_scale: ConcentrationScale = setting(
        "`log`: as many concentrations of every order of magnitude",
        default="linear",
        neutral="linear",
    )

    @field_validator("concentration_scale")
    @classmethod
    def _logarithms_exist(cls, scale: str, info: ValidationInfo) -> str:
        concentrations = info.data.get("tnf_concentration")
        if scale == "log" and concentrations is not None and concentrations[0] == 0:
            raise ValueError("tnf_concentration begins at 0, which has no logarithm; raise it")
        return scale


class LatinHypercubeDesign(SampledRegion):
    """Points that fill the region evenly in each parameter; more points are other points."""

    kind: Literal["latin_hypercube"] = setting("Latin hypercube", default="latin_hypercube")
    points: WholeNumber = setting("number of points", default=256, ge=1, le=1_000_000)
    seed: WholeNumber = setting("seed of the sample", default=1, ge=0)


class SobolDesign(SampledRegion):
    """Scrambled Sobol points; more points keep the earlier ones, in the same order."""

    kind: Literal["sobol"] = setting("scrambled Sobol sequence", default="sobol")
    points: WholeNumber = setting("number of points", default=256, ge=1, le=1_000_000)
    seed: WholeNumber = setting("seed of the scrambling", default=1, ge=0)


class SobolRadiusDesign(SampledRegion):
    """Scrambled Sobol points over the tumour radius as well, for a surrogate of every radius.

    Its points are simulated at their own radii only, whatever `tumor_radii_um` says.
    """

    kind: Literal["sobol_radius"] = setting(
        "scrambled Sobol sequence that draws the tumour radius too", default="sobol_radius"
    )
    tumor_radius_um: RadiusInterval = setting(
        "lowest and highest initial tumour radius", unit="um", default=(50, 400)
    )
    points: WholeNumber = setting("number of points", default=1024, ge=1, le=1_000_000)
    seed: WholeNumber = setting("seed of the scrambling", default=1, ge=0)
    tnf_concentration_above: float = setting(
        "only concentrations above this one are kept", unit="relative", default=0.0, ge=0.0, lt=1.0
    )
    tnf_concentration: ConcentrationInterval = setting(
        "lowest and highest TNF concentration of a pulse", unit="relative", default=(0.005, 1.0)
    )
    concentration_scale: ConcentrationScale = setting(
        "`log`: as many concentrations of every order of magnitude", default="log"
    )


Design = Annotated[
    PaperDesign | LatinHypercubeDesign | SobolDesign | SobolRadiusDesign,
    Field(discriminator="kind"),
]
