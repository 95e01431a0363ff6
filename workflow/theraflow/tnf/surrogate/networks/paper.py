"""Architecture ``paper``: the LSTM of doi 10.1109/BIBM62325.2024.10822769 and its training."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from theraflow.config.tnf.surrogates import PaperArchitectureConfig
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling, ScalingLayer

_N_PARAMETERS = 3
_N_CELL_TYPES = 3

State = tuple[Tensor, Tensor]


class PaperNetwork(nn.Module):
    """Encoder of the parameters, LSTM over the previous counts, decoder of the next ones.

    The encoder's two heads give the LSTM its first hidden and cell state; each step takes the
    scaled counts of one hour and yields those of the next. A single LSTM layer has no recurrent
    connection between layers to drop, so dropout acts on the states that it starts from and on the
    states that it hands to the decoder.
    """

    def __init__(self, settings: PaperArchitectureConfig, scaling: Scaling, hours: int) -> None:
        super().__init__()
        latent = settings.latent_size
        self.hours = hours
        self.scaling = ScalingLayer(scaling)
        inward = _widths(_N_PARAMETERS, latent, settings.encoder_layers)
        outward = _widths(latent, _N_CELL_TYPES, settings.decoder_layers)
        self.encoder = nn.Sequential(*_hidden_layers(inward[:-1]))
        self.hidden_head = nn.Sequential(nn.Linear(inward[-2], latent), nn.ReLU())
        self.cell_head = nn.Sequential(nn.Linear(inward[-2], latent), nn.ReLU())
        self.lstm = nn.LSTM(_N_CELL_TYPES, latent, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)
        self.decoder = nn.Sequential(
            *_hidden_layers(outward[:-1]), nn.Linear(outward[-2], _N_CELL_TYPES), nn.Sigmoid()
        )

    def forward(self, parameters: Tensor) -> Tensor:
        """Predict counts (n, hours + 1, 3) from parameters (n, 3), free running."""
        initial = self.scaling.initial_counts.expand(parameters.shape[0], 1, -1)
        scaled = self.free_running(parameters, self.scaling.scale_counts(initial))
        return torch.cat([initial, self.scaling.unscale_counts(scaled)], dim=1)

    def free_running(self, parameters: Tensor, scaled_initial: Tensor) -> Tensor:
        """Predict scaled counts (n, hours, 3), each from the prediction before it."""
        state, scaled = self._encode(parameters), scaled_initial
        predictions = []
        for _ in range(self.hours):
            scaled, state = self._step(scaled, state)
            predictions.append(scaled)
        return torch.cat(predictions, dim=1)

    def teacher_forced(self, parameters: Tensor, scaled_counts: Tensor) -> Tensor:
        """Predict scaled counts (n, hours, 3), each from the simulated counts before it."""
        predictions, _ = self._step(scaled_counts[:, :-1], self._encode(parameters))
        return predictions

    def _encode(self, parameters: Tensor) -> State:
        encoded = self.encoder(self.scaling.scale_parameters(parameters))
        hidden = self.dropout(self.hidden_head(encoded))
        cell = self.dropout(self.cell_head(encoded))
        return hidden[None].contiguous(), cell[None].contiguous()

    def _step(self, scaled_counts: Tensor, state: State) -> tuple[Tensor, State]:
        outputs, state = self.lstm(scaled_counts, state)
        return self.decoder(self.dropout(outputs)), state


class PaperRecipe(Recipe):
    """Teacher forcing, squared errors, RMSProp, a tenth of the rate when validation stalls."""

    def __init__(
        self,
        settings: PaperArchitectureConfig,
        scaling: Scaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        self._settings = settings
        self._training, self._validation = training, validation
        network = PaperNetwork(settings, scaling, training.hours)
        self._network = network.to(training.parameters.device)
        optimizer = torch.optim.RMSprop(self._network.parameters(), lr=settings.learning_rate)
        super().__init__(settings.epochs, optimizer)
        self._schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer,
            factor=settings.plateau_factor,
            patience=settings.plateau_patience_epochs,
        )

    def train_epoch(self) -> float:
        """Pass once over the training simulations; return the mean of eq. 2."""
        self._network.train()
        losses = []
        for batch in self._training.shuffled_batches(self._settings.batch_size):
            scaled = self._network.scaling.scale_counts(batch.counts)
            predictions = self._network.teacher_forced(batch.parameters, scaled)
            loss = squared_error(predictions, scaled[:, 1:])
            self._optimizer.zero_grad()
            torch.autograd.backward(loss)
            self._optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def validate(self) -> float:
        """Return the mean of eq. 2 over free-running predictions; lower the rate on a plateau."""
        self._network.eval()
        losses = []
        for batch in self._validation.batches(self._settings.validation_batch_size):
            scaled = self._network.scaling.scale_counts(batch.counts)
            predictions = self._network.free_running(batch.parameters, scaled[:, :1])
            losses.append(squared_error(predictions, scaled[:, 1:]).item())
        loss = float(np.mean(losses))
        self._schedule.step(loss)
        return loss

    def trained_network(self) -> PaperNetwork:
        """Return the network after the last epoch."""
        return self._network.eval()

    def state_dict(self) -> dict[str, Any]:
        """Collect all that training changes."""
        return {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where ``state_dict`` was called."""
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])


def squared_error(predictions: Tensor, targets: Tensor) -> Tensor:
    """Compute eq. 2 of the paper: squared errors summed over cell types, mean over the rest."""
    return (predictions - targets).square().sum(dim=-1).mean()


def _widths(first: int, last: int, layers: int) -> list[int]:
    return [int(width) for width in np.linspace(first, last, layers + 1)]


def _hidden_layers(widths: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return layers
