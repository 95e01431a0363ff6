"""When TNF is on: the simulator's pulse schedule as inputs of a network."""

from typing import Final

import torch
from torch import Tensor

_HOUR_MIN: Final = 60.0


def pulse_on_fraction(
    pulse_period_min: Tensor, pulse_duration_min: Tensor, hours: int, intervals_per_hour: int
) -> Tensor:
    """Compute the share of every interval in which TNF is supplied.

    Pulse j is on from j P to j P + W for period P and duration W <= P, as in the PhysiBoSS model
    (Ponce-de-Leon et al. 2022, doi 10.3389/fmolb.2022.836794). Takes tensors of shape (n,); returns
    (n, hours, intervals_per_hour).
    """
    edges_min = torch.arange(
        hours * intervals_per_hour + 1, dtype=torch.float32, device=pulse_period_min.device
    ) * (_HOUR_MIN / intervals_per_hour)
    on_min = _cumulative_on_min(edges_min, pulse_period_min[:, None], pulse_duration_min[:, None])
    fraction = (on_min[:, 1:] - on_min[:, :-1]) * (intervals_per_hour / _HOUR_MIN)
    return fraction.reshape(-1, hours, intervals_per_hour)


def _cumulative_on_min(time_min: Tensor, period_min: Tensor, duration_min: Tensor) -> Tensor:
    finished_pulses = torch.floor(time_min / period_min)
    since_start_min = time_min - finished_pulses * period_min
    return finished_pulses * duration_min + torch.minimum(since_start_min, duration_min)


def minutes_since_pulse_start(pulse_period_min: Tensor, hours: int) -> Tensor:
    """Compute the age of the last pulse at the end of every hour.

    Takes a tensor of shape (n,); returns (n, hours).
    """
    time_min = _HOUR_MIN * torch.arange(
        1, hours + 1, dtype=torch.float32, device=pulse_period_min.device
    )
    period_min = pulse_period_min[:, None]
    return time_min - torch.floor(time_min / period_min) * period_min
