"""Min-max scaling of parameters and counts, with constants from the training split."""

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from theraflow.tnf.trajectories.arrays import Trajectories

Triple = tuple[float, float, float]


class Scaling(BaseModel):
    """Smallest and largest parameters and counts; both in the order of the trajectory table.

    Parameters: pulse period (min), pulse duration (min), TNF concentration. Counts: alive,
    apoptotic, necrotic cells. The range of the parameters is also the surrogate's domain.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    parameter_min: Triple
    parameter_max: Triple
    count_min: Triple
    count_max: Triple
    initial_counts: Triple

    @classmethod
    def from_training(cls, training: Trajectories) -> Self:
        """Measure the constants; every simulation of a radius starts from the same counts."""
        return cls(
            parameter_min=triple(training.parameters.min(axis=0)),
            parameter_max=triple(training.parameters.max(axis=0)),
            count_min=triple(training.counts.min(axis=(0, 1))),
            count_max=triple(training.counts.max(axis=(0, 1))),
            initial_counts=triple(np.median(training.counts[:, 0], axis=0)),
        )


class ScalingLayer(nn.Module):
    """The scaling as tensors that move with a network and are not part of its weights."""

    parameter_min: Tensor
    parameter_span: Tensor
    count_min: Tensor
    count_span: Tensor
    initial_counts: Tensor

    def __init__(self, scaling: Scaling) -> None:
        super().__init__()
        low, high = torch.tensor(scaling.parameter_min), torch.tensor(scaling.parameter_max)
        fewest, most = torch.tensor(scaling.count_min), torch.tensor(scaling.count_max)
        constants = {
            "parameter_min": low,
            "parameter_span": positive_span(high - low),
            "count_min": fewest,
            "count_span": positive_span(most - fewest),
            "initial_counts": torch.tensor(scaling.initial_counts),
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant, persistent=False)

    def scale_parameters(self, parameters: Tensor) -> Tensor:
        """Map the training range of each parameter to 0 .. 1."""
        return (parameters - self.parameter_min) / self.parameter_span

    def scale_counts(self, counts: Tensor) -> Tensor:
        """Map the training range of each cell type to 0 .. 1."""
        return (counts - self.count_min) / self.count_span

    def unscale_counts(self, scaled: Tensor) -> Tensor:
        """Undo ``scale_counts``."""
        return self.count_min + scaled * self.count_span


def positive_span(span: Tensor) -> Tensor:
    """Replace a span of nothing, by which nothing can be divided, by 1."""
    return torch.where(span > 0, span, torch.ones_like(span))


def triple(values: NDArray[np.float64]) -> Triple:
    """Turn an array of three numbers into plain ones."""
    first, second, third = (float(value) for value in values)
    return first, second, third
