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
        # Deviations are read from what the means have learned, without changing it.
        deviations = unit * (softplus(self.deviation(states.detach())) + _LEAST_DEVIATION)
        deviations = torch.cat([torch.zeros_like(deviations[:, :1]), deviations], dim=1)
        return torch.cat([self.add_up(parameters, states), deviations], dim=-1)


def faithful_error(predictions: Tensor, counts: Tensor) -> Tensor:
    """Add half the squared error of the means to the likelihood of the deviations.

    Takes predictions (n, hours + 1, 6), as ``MemberNetwork`` makes them, and counts
    (n, hours + 1, 3); the start is left out. Residuals and deviations are in units of sqrt(N)
    cells, N the cells at the start. The likelihood, that of a normal distribution, teaches the
    deviations alone: were it to teach the means too, it would give up those that it can call noisy
    (Stirn et al. 2023, doi 10.48550/arXiv.2212.09184). Replicates need no care: each is a draw.
    """
    means, deviations = predictions[:, 1:].chunk(2, dim=-1)
    unit = counts[:, :1].sum(dim=-1, keepdim=True).clamp_min(1).sqrt()
    residuals, deviations = (counts[:, 1:] - means) / unit, deviations / unit
    likelihood = (residuals.detach() / deviations).square() / 2 + deviations.log()
    return (residuals.square() / 2 + likelihood).mean()


class MemberRecipe(OneCycleRecipe):
    """One cycle on the errors of means and deviations."""

    def __init__(
        self,
        settings: GeneralArchitectureConfig,
        scaling: GeneralScaling,
        training: Samples,
        validation: Samples,
    ) -> None:
        network = MemberNetwork(settings, scaling, training.hours)
        network.learn_initial_cells(training)
        super().__init__(network, faithful_error, settings, training, validation)
