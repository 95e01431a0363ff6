"""Losses: the relative absolute error, of one radius or weighed over several."""

from torch import Tensor


def mean_relative_error(predictions: Tensor, counts: Tensor) -> Tensor:
    """Average ``relative_absolute_error`` over simulations."""
    return relative_absolute_error(predictions, counts).mean()


def relative_absolute_error(predictions: Tensor, counts: Tensor) -> Tensor:
    """Compute eq. 3 plus half of the same on totals, as shares, mean over all full hours.

    Takes counts of shape (n, hours + 1, 3); returns (n,).
    """
    errors = (predictions - counts)[:, 1:]
    totals = counts[:, 1:].sum(dim=-1).clamp_min(1)
    of_types = errors.abs().sum(dim=-1) / totals
    of_totals = errors.sum(dim=-1).abs() / totals
    return (of_types + 0.5 * of_totals).mean(dim=1)


def noise_weighted_error(predictions: Tensor, counts: Tensor) -> Tensor:
    """Average ``relative_absolute_error`` over simulations, those of many cells counting more.

    The noise of N cells is about sqrt(N) cells, so that relative errors fall as 1 / sqrt(N): a
    weight of sqrt(N), N the cells at the start, makes every radius count alike.
    """
    weights = counts[:, 0].sum(dim=-1).clamp_min(1).sqrt()
    return (weights * relative_absolute_error(predictions, counts)).mean() / weights.mean()
