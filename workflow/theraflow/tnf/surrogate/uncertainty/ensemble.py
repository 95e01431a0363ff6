"""The calibrated ensemble of a general surrogate: predictions with intervals, and its files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from theraflow.config.tnf.surrogates import UncertaintyConfig
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path, refuse_link_out, write_text_atomic
from theraflow.core.identity import content_hash
from theraflow.tnf.surrogate.card import GeneralCard, read_card
from theraflow.tnf.surrogate.domain import checked_request
from theraflow.tnf.surrogate.networks.general import GeneralScaling
from theraflow.tnf.surrogate.uncertainty.calibration import Calibration
from theraflow.tnf.surrogate.uncertainty.distribution import Counts, Distribution
from theraflow.tnf.surrogate.uncertainty.intervals import Intervals
from theraflow.tnf.surrogate.uncertainty.network import MemberNetwork

ENSEMBLE_FOLDER: Final = "ensemble"
CALIBRATION_NAME: Final = "calibration.json"
_REMEDY: Final = "calibrate the surrogate again"


class CalibrationCard(BaseModel):
    """What ``calibration.json`` holds: the members that were calibrated, on what, and the result.

    ``weights_hashes``: SHA-256 of the file of every member, in their order. ``split_hash`` names
    the division of the data, as the card of the surrogate does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = 1
    settings: UncertaintyConfig
    weights_hashes: tuple[str, ...] = Field(min_length=2)
    split_hash: str
    validation_simulations: int
    calibration: Calibration


@dataclass(frozen=True)
class Ensemble:
    """Trained members, with the card of the general surrogate whose data trained them."""

    networks: tuple[MemberNetwork, ...]
    card: GeneralCard

    def predict(
        self, tumor_radius_um: ArrayLike, parameters: ArrayLike, *, extrapolate: bool = False
    ) -> Distribution:
        """Predict means, noise and spread; arguments and errors are ``Surrogate.predict``'s."""
        radii_um, treatments = checked_request(
            tumor_radius_um, parameters, self.card, extrapolate=extrapolate
        )
        return predict_distribution(self.networks, radii_um, treatments)


@dataclass(frozen=True)
class CalibratedSurrogate:
    """An ensemble and its calibration: the general surrogate, with a measure of its errors."""

    ensemble: Ensemble
    calibration_card: CalibrationCard

    @property
    def card(self) -> GeneralCard:
        """The card of the general surrogate."""
        return self.ensemble.card

    @property
    def calibration(self) -> Calibration:
        """The result of the calibration."""
        return self.calibration_card.calibration

    @property
    def label(self) -> str:
        """Name for people: what it is, and its fingerprint."""
        return f"surrogate ensemble {self.fingerprint}"

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides predictions and intervals."""
        return content_hash(
            {
                "weights": list(self.calibration_card.weights_hashes),
                "calibration": self.calibration.model_dump(),
                **self.card.model_dump(include={"scaling", "horizon_min"}),
            }
        )

    def predict_with_intervals(
        self,
        tumor_radius_um: ArrayLike,
        parameters: ArrayLike,
        level: float,
        of: Literal["simulation", "mean"] = "simulation",
        *,
        extrapolate: bool = False,
    ) -> Intervals:
        """Predict the mean counts, with intervals of one simulation or of the mean.

        Takes a radius (um), or one for each of the parameters (n, 3): pulse period (min), pulse
        duration (min), TNF concentration. ``level`` is the share that the intervals are to hold.
        All counts have shape (n, hours + 1, 3), for alive, apoptotic and necrotic cells. Raises
        ``UserError`` as ``Surrogate.predict`` does, and for a level that intervals of one
        simulation were not calibrated for.
        """
        predicted = self.ensemble.predict(tumor_radius_um, parameters, extrapolate=extrapolate)
        if of == "mean":
            return self.calibration.mean_intervals(predicted, level)
        return self.calibration.simulation_intervals(predicted, level)

    def predict_with_deviation(
        self, tumor_radius_um: ArrayLike, parameters: ArrayLike, *, extrapolate: bool = False
    ) -> tuple[Counts, Counts]:
        """Predict the mean counts and the standard deviation of each mean, as above."""
        predicted = self.ensemble.predict(tumor_radius_um, parameters, extrapolate=extrapolate)
        return predicted.mean, self.calibration.mean_sd(predicted)


def member_file(directory: Path, member: int) -> Path:
    """Name the weights of a member, by its number from 0, in the directory of a surrogate."""
    return directory / ENSEMBLE_FOLDER / f"member_{member}.safetensors"


def save_member(network: nn.Module, directory: Path, member: int) -> None:
    """Write the weights of a member."""
    with atomic_path(member_file(directory, member)) as temporary:
        save_file(network.state_dict(), temporary)


def load_ensemble(directory: Path, card: GeneralCard, settings: UncertaintyConfig) -> Ensemble:
    """Read all members back, onto the CPU.

    ``settings`` are those of their training, ``card`` that of the surrogate in ``directory``.
    Raises ``UserError`` for a member that is missing or damaged.
    """
    return Ensemble(load_members(directory, card.scaling, card.hours, settings), card)


def load_members(
    directory: Path, scaling: GeneralScaling, hours: int, settings: UncertaintyConfig
) -> tuple[MemberNetwork, ...]:
    """Read all members back as ``load_ensemble`` does, where there is no card."""
    networks = []
    for member in range(settings.members):
        network = MemberNetwork(settings, scaling, hours)
        path = member_file(directory, member)
        refuse_link_out(path)
        try:
            network.load_state_dict(load_file(path))
        except (SafetensorError, RuntimeError, OSError):
            raise UserError(
                f"{path}: missing, damaged or of another ensemble; train the ensemble again"
            ) from None
        networks.append(network.eval())
    return tuple(networks)


def predict_distribution(
    networks: Sequence[MemberNetwork], radii_um: Counts, treatments: Counts
) -> Distribution:
    """Join what networks predict for radii (n,), um, and treatments (n, 3)."""
    inputs = torch.tensor(np.column_stack([radii_um, treatments]), dtype=torch.float32)
    with torch.inference_mode():
        predictions = np.stack([network(inputs).double().numpy() for network in networks])
    means, noise_sds = np.split(predictions, 2, axis=-1)
    return Distribution.of_members(radii_um, means, noise_sds)


def weights_hashes(directory: Path, members: int) -> tuple[str, ...]:
    """Hash the weights of all members."""
    files = (member_file(directory, member) for member in range(members))
    return tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


def write_calibration(card: CalibrationCard, directory: Path) -> None:
    """Write ``calibration.json`` atomically."""
    path = directory / ENSEMBLE_FOLDER / CALIBRATION_NAME
    write_text_atomic(path, card.model_dump_json(indent=2) + "\n")


def has_intervals(directory: Path) -> bool:
    """Tell whether the surrogate in a directory has a calibrated ensemble."""
    return (directory / ENSEMBLE_FOLDER / CALIBRATION_NAME).is_file()


def load_calibrated_surrogate(directory: Path) -> CalibratedSurrogate:
    """Read the calibrated ensemble of the general surrogate in a directory.

    Raises ``UserError`` for a surrogate of one radius, and for files that are missing, damaged or
    do not belong together.
    """
    card = read_card(directory)
    if not isinstance(card, GeneralCard):
        raise UserError(f"{directory}: only a general surrogate tells how sure it is; give one")
    path = directory / ENSEMBLE_FOLDER / CALIBRATION_NAME
    refuse_link_out(path)
    try:
        calibrated = CalibrationCard.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(f"{path}: missing; {_REMEDY}") from None
    except (ValidationError, UnicodeDecodeError):
        raise UserError(f"{path}: damaged, or of another version; {_REMEDY}") from None
    ensemble = load_ensemble(directory, card, calibrated.settings)
    if calibrated.split_hash != card.data.split_hash or calibrated.weights_hashes != weights_hashes(
        directory, calibrated.settings.members
    ):
        raise UserError(f"{path}: made for other members or another surrogate; {_REMEDY}")
    return CalibratedSurrogate(ensemble, calibrated)
