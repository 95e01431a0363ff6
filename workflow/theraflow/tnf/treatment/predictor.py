"""What predicts cell counts for a search: surrogates, whichever radii they know."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from theraflow.config.tnf.engines import Dimension
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.tnf.surrogate.card import GeneralCard
from theraflow.tnf.surrogate.domain import check_radii
from theraflow.tnf.surrogate.prediction import Surrogate, load_surrogate
from theraflow.tnf.surrogate.uncertainty.ensemble import (
    CalibratedSurrogate,
    load_calibrated_surrogate,
)
from theraflow.tnf.treatment.problem import Region, Treatments

Counts = NDArray[np.float64]
"""Counts (n, hours + 1, 3): alive, apoptotic and necrotic cells, hourly from the start."""


class TrajectoryPredictor(Protocol):
    """Predicts the trajectories of tumours of several radii up to one horizon."""

    @property
    def label(self) -> str:
        """Architecture and fingerprint, for people."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides predictions."""

    @property
    def horizon_min(self) -> int:
        """The time (min) of the last predicted counts."""

    @property
    def dimension(self) -> Dimension:
        """The dimension of the space that the tumours grow in."""

    @property
    def domain(self) -> Region:
        """The treatments that it was trained on."""

    def check_radius(self, tumor_radius_um: int) -> None:
        """Raise ``UserError`` for a radius that it does not know."""

    def predict(self, tumor_radius_um: int, parameters: Treatments) -> Counts:
        """Predict counts for one radius and treatments (n, 3): means, not rounded."""


@runtime_checkable
class UncertainPredictor(Protocol):
    """A predictor that also tells how sure it is of its means."""

    def predict_with_deviation(
        self, tumor_radius_um: int, parameters: Treatments
    ) -> tuple[Counts, Counts]:
        """Predict counts as ``predict`` does, and the standard deviation of each."""


@dataclass(frozen=True)
class Surrogates:
    """Trained surrogates as one predictor: a general one, or one for each radius."""

    members: tuple[Surrogate, ...]

    @property
    def is_general(self) -> bool:
        """Whether there is one for every radius."""
        return any(isinstance(surrogate.card, GeneralCard) for surrogate in self.members)

    @property
    def label(self) -> str:
        """Names of the surrogates."""
        return ", ".join(surrogate.label for surrogate in self.members)

    @property
    def fingerprint(self) -> str:
        """Hash of the surrogates."""
        return content_hash({"surrogates": [surrogate.fingerprint for surrogate in self.members]})

    @property
    def horizon_min(self) -> int:
        """The time (min) of the last predicted counts."""
        return self.members[0].card.horizon_min

    @property
    def dimension(self) -> Dimension:
        """The dimension of the space that the tumours grow in."""
        return self.members[0].card.dimension

    @property
    def domain(self) -> Region:
        """The treatments that all of them were trained on."""
        scalings = [surrogate.card.scaling for surrogate in self.members]
        return Region.between(
            np.max([scaling.parameter_min for scaling in scalings], axis=0),
            np.min([scaling.parameter_max for scaling in scalings], axis=0),
        )

    def check_radius(self, tumor_radius_um: int) -> None:
        """Raise ``UserError`` for a radius that none of them knows."""
        self._of_radius(tumor_radius_um)

    def predict(self, tumor_radius_um: int, parameters: Treatments) -> Counts:
        """Predict counts for one radius and treatments (n, 3).

        They are not rounded to whole cells: a search would see steps where there is a slope.
        """
        surrogate = self._of_radius(tumor_radius_um)
        radii_um = np.full(len(parameters), float(tumor_radius_um))
        with torch.inference_mode():
            counts = surrogate.network(surrogate.inputs(radii_um, parameters))
        return np.asarray(counts.numpy(), np.float64)

    def _of_radius(self, tumor_radius_um: int) -> Surrogate:
        for surrogate in self.members:
            try:
                check_radii(np.array([float(tumor_radius_um)]), surrogate.card)
            except UserError as error:
                refusal = error
            else:
                return surrogate
        raise refusal


@dataclass(frozen=True)
class CalibratedPredictor:
    """The calibrated ensemble of a general surrogate, which tells how sure it is."""

    surrogate: CalibratedSurrogate
    is_general: ClassVar[bool] = True

    @property
    def label(self) -> str:
        """Name of the ensemble."""
        return self.surrogate.label

    @property
    def fingerprint(self) -> str:
        """Hash of ensemble and calibration."""
        return self.surrogate.fingerprint

    @property
    def horizon_min(self) -> int:
        """The time (min) of the last predicted counts."""
        return self.surrogate.card.horizon_min

    @property
    def dimension(self) -> Dimension:
        """The dimension of the space that the tumours grow in."""
        return self.surrogate.card.dimension

    @property
    def domain(self) -> Region:
        """The treatments that it was trained on."""
        scaling = self.surrogate.card.scaling
        return Region.between(np.array(scaling.parameter_min), np.array(scaling.parameter_max))

    def check_radius(self, tumor_radius_um: int) -> None:
        """Raise ``UserError`` for a radius beyond those that it was trained on."""
        check_radii(np.array([float(tumor_radius_um)]), self.surrogate.card)

    def predict(self, tumor_radius_um: int, parameters: Treatments) -> Counts:
        """Predict mean counts for one radius and treatments (n, 3)."""
        return self.predict_with_deviation(tumor_radius_um, parameters)[0]

    def predict_with_deviation(
        self, tumor_radius_um: int, parameters: Treatments
    ) -> tuple[Counts, Counts]:
        """Predict mean counts, and the standard deviation of each mean."""
        return self.surrogate.predict_with_deviation(tumor_radius_um, parameters)


def load_predictor(
    folders: Sequence[Path], *, with_deviation: bool = False
) -> Surrogates | CalibratedPredictor:
    """Read what predicts for searches from the folders of surrogates.

    ``with_deviation`` asks for one that tells how sure it is. Raises ``UserError`` for a surrogate
    that is missing, damaged, of another horizon or dimension than the first, or lacks what is asked
    for.
    """
    if with_deviation:
        if len(folders) > 1:
            raise UserError("several surrogates do not tell how sure they are; give a general one")
        return CalibratedPredictor(load_calibrated_surrogate(folders[0]))
    loaded = [load_surrogate(folder) for folder in folders]
    for folder, surrogate in zip(folders, loaded, strict=True):
        if surrogate.card.horizon_min != loaded[0].card.horizon_min:
            raise UserError(
                f"{folder}: predicts up to {surrogate.card.horizon_min} min, not "
                f"{loaded[0].card.horizon_min} as {folders[0]}; train it for the same horizon"
            )
        if surrogate.card.dimension != loaded[0].card.dimension:
            raise UserError(
                f"{folder}: knows tumours in {surrogate.card.dimension} dimensions, not "
                f"{loaded[0].card.dimension} as {folders[0]}; give surrogates of the same"
            )
    return Surrogates(tuple(loaded))


def check_predictor(
    predictor: TrajectoryPredictor, tumor_radii_um: Sequence[int], horizon_min: int
) -> None:
    """Raise ``UserError`` for a horizon or radius that the predictor does not know."""
    if predictor.horizon_min != horizon_min:
        raise UserError(
            f"horizon {horizon_min} min: the surrogate predicts up to {predictor.horizon_min} min; "
            "ask for this horizon, or train a surrogate for the other"
        )
    for tumor_radius_um in tumor_radii_um:
        predictor.check_radius(tumor_radius_um)
