"""Architecture ``general``: one LSTM for every tumour radius."""

from typing import Final, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from theraflow.config.tnf.surrogates import GeneralArchitectureConfig
from theraflow.tnf.surrogate.networks.initial_cells import RADII_UM, initial_cells_by_radius
from theraflow.tnf.surrogate.networks.losses import noise_weighted_error
from theraflow.tnf.surrogate.networks.one_cycle import OneCycleRecipe
from theraflow.tnf.surrogate.networks.pulses import minutes_since_pulse_start, pulse_on_fraction
from theraflow.tnf.surrogate.networks.recipe import Samples
from theraflow.tnf.surrogate.networks.scaling import Triple, positive_span, triple
from theraflow.tnf.trajectories.arrays import Trajectories

# Logarithms of radius and concentration, period, duration, concentration.
_N_FEATURES: Final = 5
_N_CELL_TYPES: Final = 3
_INTERVALS_PER_HOUR: Final = 6
_N_HOURLY_INPUTS: Final = _N_FEATURES + _INTERVALS_PER_HOUR + 1


class GeneralScaling(BaseModel):
    """Ranges of the training data: radii (um), the other parameters, counts per initial cell.

    Parameters: pulse period (min), pulse duration (min), TNF concentration. Their ranges and that
    of the radius are also the surrogate's domain. ``lowest_concentration`` is the smallest one
    above zero. ``count_span``: alive, apoptotic and necrotic cells, relative to those at the start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tumor_radius_min_um: int
    tumor_radius_max_um: int
    parameter_min: Triple
    parameter_max: Triple
    lowest_concentration: float
    count_span: Triple

    @classmethod
    def from_training(cls, training: Trajectories) -> Self:
        """Measure the constants."""
        concentrations = training.parameters[:, 2]
        relative = training.counts / training.counts[:, :1].sum(axis=-1, keepdims=True)
        return cls(
            tumor_radius_min_um=int(training.tumor_radii_um.min()),
            tumor_radius_max_um=int(training.tumor_radii_um.max()),
            parameter_min=triple(training.parameters.min(axis=0)),
            parameter_max=triple(training.parameters.max(axis=0)),
            lowest_concentration=float(
                concentrations[concentrations > 0].min(initial=concentrations.max() or 1.0)
            ),
            count_span=triple(np.ptp(relative, axis=(0, 1))),
        )


class GeneralNetwork(nn.Module):
    """An LSTM that sees radius and pulses of every hour and yields the change of the counts in it.

    Counts are relative to the cells at the start, which the radius decides. ``initial_cells`` holds
    them for every whole radius (um) that the model admits, so that the weights' file tells them.
    """

    feature_min: Tensor
    feature_span: Tensor
    lowest_concentration: Tensor
    count_span: Tensor
    initial_cells: Tensor

    def __init__(
        self, settings: GeneralArchitectureConfig, scaling: GeneralScaling, hours: int
    ) -> None:
        super().__init__()
        hidden = settings.hidden_size
        self.hours = hours
        self.encoder = nn.Sequential(
            nn.Linear(_N_FEATURES, hidden), nn.ReLU(), nn.Linear(hidden, 2 * hidden)
        )
        self.lstm = nn.LSTM(_N_HOURLY_INPUTS, hidden, batch_first=True)
        self.hourly_change = nn.Linear(hidden, _N_CELL_TYPES)
        self.register_buffer("initial_cells", torch.zeros(len(RADII_UM)))
        self.register_buffer(
            "lowest_concentration", torch.tensor(scaling.lowest_concentration), persistent=False
        )
        self.register_buffer("count_span", torch.tensor(scaling.count_span), persistent=False)
        low = self._features(
            torch.tensor([[float(scaling.tumor_radius_min_um), *scaling.parameter_min]])
        )
        high = self._features(
            torch.tensor([[float(scaling.tumor_radius_max_um), *scaling.parameter_max]])
        )
        self.register_buffer("feature_min", low, persistent=False)
        self.register_buffer("feature_span", positive_span(high - low), persistent=False)

    def forward(self, parameters: Tensor) -> Tensor:
        """Predict counts (n, hours + 1, 3).

        Takes parameters (n, 4): radius (um), pulse period and duration (min), concentration.
        """
        counts = self.add_up(parameters, self.hidden_states(parameters))
        # Clamped counts have no gradient: training must see the negative ones.
        return counts if self.training else counts.clamp_min(0)

    def hidden_states(self, parameters: Tensor) -> Tensor:
        """Return the state of the LSTM at the end of every hour, (n, hours, hidden size)."""
        scaled = 2 * (self._features(parameters) - self.feature_min) / self.feature_span - 1
        hidden, cell = self.encoder(scaled).chunk(2, dim=-1)
        state = (torch.tanh(hidden)[None].contiguous(), cell[None].contiguous())
        states: Tensor = self.lstm(self._hourly_inputs(parameters, scaled), state)[0]
        return states

    def add_up(self, parameters: Tensor, hidden_states: Tensor) -> Tensor:
        """Add the changes of all hours to the cells at the start; counts (n, hours + 1, 3)."""
        cells = self.cells_at_the_start(parameters)
        # A change of 1 per hour crosses the range of the relative counts by the horizon.
        changes = self.hourly_change(hidden_states) * (cells * self.count_span / self.hours)
        initial = torch.cat([cells, torch.zeros_like(cells), torch.zeros_like(cells)], dim=-1)
        return torch.cat([initial, initial + torch.cumsum(changes, dim=1)], dim=1)

    def cells_at_the_start(self, parameters: Tensor) -> Tensor:
        """Return the number of cells of every spheroid at the start, (n, 1, 1)."""
        numbers = (parameters[:, 0] - float(RADII_UM[0])).round().long()
        return self.initial_cells[numbers][:, None, None]

    def learn_initial_cells(self, training: Samples) -> None:
        """Take the numbers of cells at the start from the simulations that train it."""
        cells = initial_cells_by_radius(
            training.parameters[:, 0].cpu().numpy().astype(np.int64),
            training.counts[:, 0].sum(dim=-1).cpu().numpy().astype(np.float64),
        )
        self.initial_cells.copy_(torch.tensor(cells))

    def _features(self, parameters: Tensor) -> Tensor:
        radius_um, period_min, duration_min, concentration = parameters.unbind(dim=1)
        logarithm = torch.log(torch.maximum(concentration, self.lowest_concentration))
        return torch.stack(
            [torch.log(radius_um), period_min, duration_min, concentration, logarithm], dim=1
        )

    def _hourly_inputs(self, parameters: Tensor, scaled: Tensor) -> Tensor:
        period_min, duration_min = parameters[:, 1], parameters[:, 2]
        since_start_min = minutes_since_pulse_start(period_min, self.hours)
        return torch.cat(
            [
                scaled[:, None].expand(-1, self.hours, -1),
                pulse_on_fraction(period_min, duration_min, self.hours, _INTERVALS_PER_HOUR),
                since_start_min[..., None] / self.feature_span[0, 1],
            ],
            dim=-1,
        )


class GeneralRecipe(OneCycleRecipe):
    """One cycle on relative absolute errors, weighed so that every radius counts alike."""

    def __init__(
        self,
        settings: GeneralArchitectureConfig,
        scaling: GeneralScaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        network = GeneralNetwork(settings, scaling, training.hours)
        network.learn_initial_cells(training)
        super().__init__(network, noise_weighted_error, settings, training, validation)
