"""Using a trained surrogate: from its directory to trajectories."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save, save_file
from torch import Tensor, nn

from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path, refuse_link_out
from theraflow.core.identity import content_hash
from theraflow.tnf.surrogate.card import GeneralCard, SurrogateCard, read_card, write_card
from theraflow.tnf.surrogate.domain import checked_request
from theraflow.tnf.surrogate.networks.build import build_network

WEIGHTS_NAME: Final = "weights.safetensors"


@dataclass(frozen=True)
class Surrogate:
    """A trained network and its card."""

    network: nn.Module
    card: SurrogateCard

    @property
    def label(self) -> str:
        """Architecture and fingerprint: the ``engine`` column of its trajectories."""
        return f"surrogate {self.card.architecture} {self.fingerprint}"

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides predictions: weights, architecture, scaling."""
        horizon_min = self.card.horizon_min
        return content_hash(
            {
                # As it was before there was another horizon.
                **({} if horizon_min == DEFAULT_HORIZON_MIN else {"horizon_min": horizon_min}),
                "weights": hashlib.sha256(save(self.network.state_dict())).hexdigest(),
                **self.card.model_dump(include={"architecture", "settings", "scaling"}),
            }
        )

    def predict(
        self, tumor_radius_um: ArrayLike, parameters: ArrayLike, *, extrapolate: bool = False
    ) -> NDArray[np.float64]:
        """Predict trajectories.

        Takes a radius (um), or one for each of the parameters (n, 3): pulse period (min), pulse
        duration (min), TNF concentration.
        Returns counts (n, hours + 1, 3): alive, apoptotic and necrotic cells at t = 0, 60, ... min,
        in whole cells: simulators count so; and under an absolute error the best prediction of a
        count is its median, which is a whole number.
        Raises ``UserError`` for a duration or a radius that no simulation has, for another radius
        than that of a surrogate of one, and, unless ``extrapolate``, for parameters outside the
        range of the training data.
        """
        radii_um, checked = checked_request(
            tumor_radius_um, parameters, self.card, extrapolate=extrapolate
        )
        with torch.inference_mode():
            counts = self.network(self.inputs(radii_um, checked))
        predicted: NDArray[np.float64] = counts.round().numpy().astype(np.float64)
        return predicted

    @property
    def example_inputs(self) -> Tensor:
        """Two rows of ``inputs`` at the ends of the domain."""
        scaling = self.card.scaling
        ends = np.array([scaling.parameter_min, scaling.parameter_max])
        return self.inputs(np.full(2, self.card.tumor_radii_um[0]), ends)

    def inputs(self, radii_um: NDArray[np.float64], parameters: NDArray[np.float64]) -> Tensor:
        """Lay out what the network takes: (n, 3), or (n, 4) with the radius before them."""
        if isinstance(self.card, GeneralCard):
            parameters = np.column_stack([radii_um, parameters])
        return torch.tensor(parameters, dtype=torch.float32)


def save_surrogate(surrogate: Surrogate, directory: Path) -> None:
    """Write ``weights.safetensors`` and, last, ``card.json``."""
    with atomic_path(directory / WEIGHTS_NAME) as temporary:
        save_file(surrogate.network.state_dict(), temporary)
    write_card(surrogate.card, directory)


def load_surrogate(directory: Path) -> Surrogate:
    """Read a surrogate back, onto the CPU.

    Raises ``UserError`` when card or weights are missing, damaged, or do not belong together.
    """
    card = read_card(directory)
    network = build_network(card.settings, card.scaling, card.hours)
    path = directory / WEIGHTS_NAME
    refuse_link_out(path)
    if not path.is_file():
        raise UserError(f"{path}: missing; train the surrogate again")
    try:
        network.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError, OSError):
        raise UserError(f"{path}: damaged, or of another surrogate; train it again") from None
    return Surrogate(network.eval(), card)
