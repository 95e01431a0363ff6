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
from torch import nn

from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path, refuse_link_out
from theraflow.core.identity import content_hash
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import SurrogateCard, read_card, write_card
from theraflow.tnf.surrogate.networks.architectures import build_network

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

    def predict(self, parameters: ArrayLike, *, extrapolate: bool = False) -> NDArray[np.float64]:
        """Predict trajectories.

        Takes parameters (n, 3): pulse period (min), pulse duration (min), TNF concentration.
        Returns counts (n, hours + 1, 3): alive, apoptotic and necrotic cells at t = 0, 60, ... min,
        in whole cells.
        Raises ``UserError`` for a duration that no simulation has, and, unless ``extrapolate``, for
        parameters outside the range of the training data.
        """
        checked = np.asarray(parameters, dtype=np.float64)
        if checked.ndim != 2 or checked.shape[1] != len(tables.PARAMETER_COLUMNS):
            raise ValueError(f"parameters must have shape (n, 3), not {checked.shape}")
        self._check_schedule(checked)
        if not extrapolate:
            self._check_domain(checked)
        return predict_whole_cells(self.network, checked)

    def _check_schedule(self, parameters: NDArray[np.float64]) -> None:
        period_min, duration_min, concentration = parameters.T
        with np.errstate(over="ignore"):
            finite = np.isfinite(parameters.astype(np.float32)).all(axis=1)
        admitted = finite & (duration_min > 0) & (duration_min <= period_min) & (concentration >= 0)
        if not admitted.all():
            period, duration, relative = parameters[~admitted][0]
            raise UserError(
                f"pulse_period_min={period:g}, pulse_duration_min={duration:g}, "
                f"tnf_concentration={relative:g}: give 0 < duration <= period "
                "and concentration >= 0, all finite"
            )

    def _check_domain(self, parameters: NDArray[np.float64]) -> None:
        bounds = zip(
            tables.PARAMETER_COLUMNS,
            parameters.T,
            self.card.scaling.parameter_min,
            self.card.scaling.parameter_max,
            strict=True,
        )
        for name, values, low, high in bounds:
            outside = values[(values < low) | (values > high)]
            if outside.size:
                raise UserError(
                    f"{name}={outside[0]:g}: the surrogate was trained on {low:g} .. {high:g}; "
                    "stay inside, or extrapolate (--extrapolate) at your own risk"
                )


def predict_whole_cells(network: nn.Module, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict counts (n, hours + 1, 3) for parameters (n, 3), rounded to whole cells.

    Simulators count so; and under an absolute error the best prediction of a count is its median,
    which is a whole number.
    """
    with torch.inference_mode():
        counts = network(torch.tensor(parameters, dtype=torch.float32))
    predicted: NDArray[np.float64] = counts.round().numpy().astype(np.float64)
    return predicted


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
