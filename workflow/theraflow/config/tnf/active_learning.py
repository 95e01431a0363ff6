"""Section ``tnf.active_learning``: rounds of simulations where an ensemble disagrees."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.designs import SobolDesign, SobolRadiusDesign

_Candidates = Annotated[SobolDesign | SobolRadiusDesign, Field(discriminator="kind")]


class ActiveLearningConfig(Section):
    """Simulations that are added in rounds where networks trained on the earlier ones disagree.

    They train surrogates; validation and test stay with the points of `tnf.designs`.
    """

    rounds: WholeNumber = setting(
        "rounds of simulations that are added to those of the designs; 0 for none",
        default=0,
        ge=0,
        le=100,
    )
    points: WholeNumber = setting(
        "points that a round adds: at each radius of `tnf.tumor_radii_um`, or in all where the "
        "candidates draw the radius",
        default=64,
        ge=1,
        le=100_000,
    )
    replicates: WholeNumber = setting("simulations of each of these points", default=1, ge=1)
    candidates: _Candidates = setting(
        "points to choose from, as of a design; those of `tnf.designs` are left out",
        default=SobolDesign(points=4096, seed=2),
    )

    @model_validator(mode="after")
    def _candidates_suffice(self) -> Self:
        if self.rounds * self.points > self.candidates.points:
            raise ValueError(
                f"candidates.points = {self.candidates.points}: fewer than {self.rounds} rounds of "
                f"{self.points} points add; ask for more candidates"
            )
        return self
