"""Section ``tnf.snapshots``: the treatment under which each tumour is looked at, and when."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.ranges import (
    HORIZON_RANGE_MIN,
    PULSE_RANGE_MIN,
    TNF_CONCENTRATION_RANGE,
)

_MOST_FRAMES = 10


class SnapshotsConfig(Section):
    """One simulation per tumour radius, of which cells and TNF field are kept and drawn.

    Snapshots are taken of the embedded engine alone.
    """

    pulse_period_min: WholeNumber = setting(
        "time between the starts of two pulses",
        unit="min",
        default=150,
        ge=PULSE_RANGE_MIN[0],
        le=PULSE_RANGE_MIN[1],
    )
    pulse_duration_min: WholeNumber = setting(
        "length of a pulse",
        unit="min",
        default=10,
        ge=PULSE_RANGE_MIN[0],
        le=PULSE_RANGE_MIN[1],
    )
    tnf_concentration: float = setting(
        "TNF concentration of a pulse",
        unit="relative",
        default=0.5,
        ge=TNF_CONCENTRATION_RANGE[0],
        le=TNF_CONCENTRATION_RANGE[1],
    )
    times_min: tuple[Annotated[WholeNumber, Field(ge=0, le=HORIZON_RANGE_MIN[1])], ...] | None = (
        setting(
            "times of the snapshots; null: the start, an hour, and a quarter, half and all of the "
            "simulated time",
            unit="min",
            default=None,
            min_length=1,
            max_length=_MOST_FRAMES,
        )
    )

    @field_validator("times_min")
    @classmethod
    def _times_rise(cls, times_min: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if times_min is not None and sorted(set(times_min)) != list(times_min):
            raise ValueError("give each time once, in rising order")
        return times_min

    @model_validator(mode="after")
    def _pulse_fits_its_period(self) -> Self:
        if self.pulse_duration_min > self.pulse_period_min:
            raise ValueError(
                f"pulse_duration_min = {self.pulse_duration_min}: longer than its period "
                f"({self.pulse_period_min} min)"
            )
        return self
