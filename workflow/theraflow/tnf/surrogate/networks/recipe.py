"""What training needs of an architecture."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from theraflow.tnf.trajectories.arrays import Trajectories


@dataclass(frozen=True)
class Samples:
    """Simulations as tensors, float32: ``counts`` (n, hours + 1, 3) and ``parameters``.

    Parameters are pulse period, pulse duration and concentration, (n, 3), or the radius before
    them, (n, 4).
    """

    parameters: Tensor
    counts: Tensor

    @classmethod
    def of(cls, trajectories: Trajectories, device: torch.device) -> "Samples":
        """Copy trajectories of one radius to a device."""
        return cls(
            torch.tensor(trajectories.parameters, dtype=torch.float32, device=device),
            torch.tensor(trajectories.counts, dtype=torch.float32, device=device),
        )

    @classmethod
    def of_every_radius(cls, trajectories: Trajectories, device: torch.device) -> "Samples":
        """Copy trajectories to a device, with the radius (um) among their parameters."""
        parameters = np.column_stack([trajectories.tumor_radii_um, trajectories.parameters])
        return cls(
            torch.tensor(parameters, dtype=torch.float32, device=device),
            torch.tensor(trajectories.counts, dtype=torch.float32, device=device),
        )

    @property
    def hours(self) -> int:
        """Hours that are to be predicted."""
        return self.counts.shape[1] - 1

    def shuffled_batches(self, batch_size: int) -> "list[Samples]":
        """Deal all simulations out in random order, as torch's generator of the CPU draws it."""
        order = torch.randperm(len(self.parameters)).to(self.parameters.device)
        return [self._take(indices) for indices in torch.split(order, batch_size)]

    def batches(self, batch_size: int) -> "list[Samples]":
        """Deal all simulations out in their order."""
        order = torch.arange(len(self.parameters), device=self.parameters.device)
        return [self._take(indices) for indices in torch.split(order, batch_size)]

    def _take(self, indices: Tensor) -> "Samples":
        return Samples(self.parameters[indices], self.counts[indices])


class Recipe(ABC):
    """One architecture in training: its network, optimiser, schedule and loss."""

    def __init__(self, epochs: int, optimizer: torch.optim.Optimizer) -> None:
        self.epochs = epochs
        self._optimizer = optimizer

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    @abstractmethod
    def train_epoch(self) -> float:
        """Pass once over the training simulations; return the mean training loss."""

    @abstractmethod
    def validate(self) -> float:
        """Return the loss of free-running predictions for the validation simulations.

        Lets the schedule see it; called once after every epoch.
        """

    @abstractmethod
    def trained_network(self) -> nn.Module:
        """Return the network to keep: parameters (n, 3) -> counts (n, hours + 1, 3)."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Collect all that training changes."""

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where ``state_dict`` was called."""
