"""Architecture ``theraflow``: an LSTM over the pulse schedule that adds up hourly changes."""

import copy
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from theraflow.config.tnf.surrogates import TheraflowArchitectureConfig
from theraflow.tnf.surrogate.networks.pulses import minutes_since_pulse_start, pulse_on_fraction
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling, ScalingLayer

_N_PARAMETERS: Final = 3
_N_CELL_TYPES: Final = 3
_INTERVALS_PER_HOUR: Final = 6
_N_HOURLY_INPUTS: Final = _N_PARAMETERS + _INTERVALS_PER_HOUR + 1
_WARM_UP_SHARE: Final = 0.2
_GRADIENT_NORM_MAX: Final = 1.0
_AVERAGED_SHARE_OF_STEPS: Final = 0.03


class TheraflowNetwork(nn.Module):
    """An LSTM that sees the pulses of every hour and yields the change of the counts in it.

    The counts are the initial ones plus the sum of the changes, so the network runs free by
    construction, in training as in use, and one call of the LSTM makes a whole trajectory.
    """

    def __init__(self, settings: TheraflowArchitectureConfig, scaling: Scaling, hours: int) -> None:
        super().__init__()
        hidden = settings.hidden_size
        self.hours = hours
        self.scaling = ScalingLayer(scaling)
        self.encoder = nn.Sequential(
            nn.Linear(_N_PARAMETERS, hidden), nn.ReLU(), nn.Linear(hidden, 2 * hidden)
        )
        self.lstm = nn.LSTM(_N_HOURLY_INPUTS, hidden, batch_first=True)
        self.hourly_change = nn.Linear(hidden, _N_CELL_TYPES)

    def forward(self, parameters: Tensor) -> Tensor:
        """Predict counts (n, hours + 1, 3) from parameters (n, 3)."""
        scaled = 2 * self.scaling.scale_parameters(parameters) - 1
        hidden, cell = self.encoder(scaled).chunk(2, dim=-1)
        state = (torch.tanh(hidden)[None].contiguous(), cell[None].contiguous())
        outputs, _ = self.lstm(self._hourly_inputs(parameters, scaled), state)
        # A change of 1 per hour crosses the range of the counts by the horizon.
        changes = self.hourly_change(outputs) * (self.scaling.count_span / self.hours)
        initial = self.scaling.initial_counts.expand(parameters.shape[0], 1, -1)
        counts = torch.cat([initial, initial + torch.cumsum(changes, dim=1)], dim=1)
        # Clamped counts have no gradient: training must see the negative ones.
        return counts if self.training else counts.clamp_min(0)

    def _hourly_inputs(self, parameters: Tensor, scaled: Tensor) -> Tensor:
        period_min, duration_min = parameters[:, 0], parameters[:, 1]
        since_start_min = minutes_since_pulse_start(period_min, self.hours)
        return torch.cat(
            [
                scaled[:, None].expand(-1, self.hours, -1),
                pulse_on_fraction(period_min, duration_min, self.hours, _INTERVALS_PER_HOUR),
                since_start_min[..., None] / self.scaling.parameter_span[0],
            ],
            dim=-1,
        )


class TheraflowRecipe(Recipe):
    """Relative absolute errors, AdamW, one cycle of the learning rate, averaged weights.

    The loss is the metric itself, eq. 3 of the paper, plus half of the relative error of the total
    count: single noisy runs are the targets, and the median, which such a loss aims at, is the best
    prediction under the metric. The network kept is the running average of the weights from the
    epoch with the smallest validation loss.
    """

    def __init__(
        self,
        settings: TheraflowArchitectureConfig,
        scaling: Scaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        self._settings = settings
        self._training, self._validation = training, validation
        network = TheraflowNetwork(settings, scaling, training.hours)
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
        for batch in self._training.shuffled_batches(self._settings.batch_size):
            loss = relative_absolute_error(self._network(batch.parameters), batch.counts)
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
        loss = float(relative_absolute_error(predictions, self._validation.counts))
        if loss < self._best_loss:
            self._best_loss = loss
            self._best_weights = copy.deepcopy(self._averaged.state_dict())
        return loss

    def trained_network(self) -> TheraflowNetwork:
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


def relative_absolute_error(predictions: Tensor, counts: Tensor) -> Tensor:
    """Compute eq. 3 plus half of the same on totals, as shares, mean over all full hours.

    Takes counts of shape (n, hours + 1, 3).
    """
    errors = (predictions - counts)[:, 1:]
    totals = counts[:, 1:].sum(dim=-1).clamp_min(1)
    of_types = errors.abs().sum(dim=-1) / totals
    of_totals = errors.sum(dim=-1).abs() / totals
    return (of_types + 0.5 * of_totals).mean()
