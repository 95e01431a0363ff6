"""A member of the ensemble: architecture ``general`` with a second head for its own error."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from theraflow.config.tnf.surrogates import GeneralArchitectureConfig
from theraflow.tnf.surrogate.networks.general import GeneralNetwork, GeneralScaling
from theraflow.tnf.surrogate.networks.one_cycle import OneCycleRecipe
from theraflow.tnf.surrogate.networks.recipe import Samples

_N_CELL_TYPES: Final = 3
# In units of the square root of the cells at the start; it keeps the likelihood finite.
_LEAST_DEVIATION: Final = 0.01


class MemberNetwork(GeneralNetwork):
    """Predicts mean and standard deviation of every count.

    The noise of N cells is about sqrt(N) cells: in this unit the second head has the same task at
    every radius.
    """

    def __init__(
        self, settings: GeneralArchitectureConfig, scaling: GeneralScaling, hours: int
    ) -> None:
        super().__init__(settings, scaling, hours)
        self.deviation = nn.Linear(settings.hidden_size, _N_CELL_TYPES)

    def forward(self, parameters: Tensor) -> Tensor:
        """Predict means and standard deviations side by side, (n, hours + 1, 6).

        Takes parameters (n, 4): radius (um), pulse period and duration (min), concentration. At the
        start nothing varies.
        """
        states = self.hidden_states(parameters)
        unit = self.cells_at_the_start(parameters).sqrt()
        deviations = unit * (softplus(self.deviation(states)) + _LEAST_DEVIATION)
        deviations = torch.cat([torch.zeros_like(deviations[:, :1]), deviations], dim=1)
        return torch.cat([self.add_up(parameters, states), deviations], dim=-1)


def negative_log_likelihood(predictions: Tensor, counts: Tensor) -> Tensor:
    """Compute the mean negative log-likelihood of counts that are normal around their means.

    Takes predictions (n, hours + 1, 6), as ``MemberNetwork`` makes them, and counts
    (n, hours + 1, 3); the start is left out. Replicates need no care: each is a draw. Deviations
    are in units of sqrt(N) cells, N the cells at the start; this changes the value by a constant.
    """
    means, deviations = predictions[:, 1:].chunk(2, dim=-1)
    unit = counts[:, :1].sum(dim=-1, keepdim=True).clamp_min(1).sqrt()
    residuals = (counts[:, 1:] - means) / deviations
    return (residuals.square() / 2 + (deviations / unit).log()).mean()


class MemberRecipe(OneCycleRecipe):
    """One cycle on the likelihood."""

    def __init__(
        self,
        settings: GeneralArchitectureConfig,
        scaling: GeneralScaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        network = MemberNetwork(settings, scaling, training.hours)
        network.learn_initial_cells(training)
        super().__init__(network, negative_log_likelihood, settings, training, validation)
