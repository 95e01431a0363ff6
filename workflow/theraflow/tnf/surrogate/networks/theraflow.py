"""Architecture ``theraflow``: an LSTM over the pulse schedule that adds up hourly changes."""

from typing import Final

import torch
from torch import Tensor, nn

from theraflow.config.tnf.surrogates import TheraflowArchitectureConfig
from theraflow.tnf.surrogate.networks.losses import mean_relative_error
from theraflow.tnf.surrogate.networks.one_cycle import OneCycleRecipe
from theraflow.tnf.surrogate.networks.pulses import minutes_since_pulse_start, pulse_on_fraction
from theraflow.tnf.surrogate.networks.recipe import Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling, ScalingLayer

_N_PARAMETERS: Final = 3
_N_CELL_TYPES: Final = 3
_INTERVALS_PER_HOUR: Final = 6
_N_HOURLY_INPUTS: Final = _N_PARAMETERS + _INTERVALS_PER_HOUR + 1


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


class TheraflowRecipe(OneCycleRecipe):
    """One cycle on relative absolute errors.

    The loss is the metric itself, eq. 3 of the paper, plus half of the relative error of the total
    count: single noisy runs are the targets, and the median, which such a loss aims at, is the best
    prediction under the metric.
    """

    def __init__(
        self,
        settings: TheraflowArchitectureConfig,
        scaling: Scaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        network = TheraflowNetwork(settings, scaling, training.hours)
        super().__init__(network, mean_relative_error, settings, training, validation)
