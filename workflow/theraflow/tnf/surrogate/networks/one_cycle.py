"""Training on the metric: AdamW, one cycle of the learning rate, averaged weights."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples

_WARM_UP_SHARE: Final = 0.2
_GRADIENT_NORM_MAX: Final = 1.0
_AVERAGED_SHARE_OF_STEPS: Final = 0.03

# Of predicted and simulated counts, both (n, hours + 1, 3).
Loss = Callable[[Tensor, Tensor], Tensor]


class OneCycleSettings(Protocol):
    """The settings that the recipe takes."""

    @property
    def epochs(self) -> int:
        """Passes over the training simulations."""

    @property
    def batch_size(self) -> int:
        """Simulations in a training batch."""

    @property
    def learning_rate(self) -> float:
        """Peak of the learning rate."""

    @property
    def weight_decay(self) -> float:
        """Weight decay of AdamW."""


class OneCycleRecipe(Recipe):
    """Any loss, AdamW, one cycle of the learning rate, averaged weights.

    The network kept is the running average of the weights from the epoch with the smallest
    validation loss.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        settings: OneCycleSettings,
        training: Samples,
        validation: Samples,
    ) -> None:
        self._loss = loss
        self._batch_size = settings.batch_size
        self._training, self._validation = training, validation
        self._network = network.to(training.parameters.device)
        self._averaged = copy.deepcopy(self._network).eval()
        self._best_weights = copy.deepcopy(self._averaged.state_dict())
        self._best_loss = float("inf")
        optimizer = torch.optim.AdamW(
            self._network.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        super().__init__(settings.epochs, optimizer)
        steps = settings.epochs * len(training.batches(settings.batch_size))
        self._averaging_weight = min(1.0, 1 / (_AVERAGED_SHARE_OF_STEPS * steps))
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=settings.learning_rate,
            total_steps=steps,
            pct_start=_WARM_UP_SHARE,
        )

    def train_epoch(self) -> float:
        """Pass once over the training simulations; return the mean training loss."""
        self._network.train()
        losses = []
        for batch in self._training.shuffled_batches(self._batch_size):
            loss = self._loss(self._network(batch.parameters), batch.counts)
            self._optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self._network.parameters(), _GRADIENT_NORM_MAX)
            self._optimizer.step()
            self._schedule.step()
            self._average_weights()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def validate(self) -> float:
        """Return the loss of the averaged weights, and remember them when they are the best."""
        predictions = self._averaged(self._validation.parameters)
        loss = float(self._loss(predictions, self._validation.counts))
        if loss < self._best_loss:
            self._best_loss = loss
            self._best_weights = copy.deepcopy(self._averaged.state_dict())
        return loss

    def trained_network(self) -> nn.Module:
        """Return the network with the best averaged weights."""
        self._averaged.load_state_dict(self._best_weights)
        return self._averaged

    def state_dict(self) -> dict[str, Any]:
        """Collect all that training changes."""
        return {
            "network": self._network.state_dict(),
            "averaged": self._averaged.state_dict(),
            "best_weights": self._best_weights,
            "best_loss": self._best_loss,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where ``state_dict`` was called."""
        self._network.load_state_dict(state["network"])
        self._averaged.load_state_dict(state["averaged"])
        self._best_weights = state["best_weights"]
        self._best_loss = state["best_loss"]
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])

    @torch.no_grad()
    def _average_weights(self) -> None:
        pairs = zip(self._averaged.parameters(), self._network.parameters(), strict=True)
        for average, weight in pairs:
            average.lerp_(weight, self._averaging_weight)
