"""What may be asked of a surrogate."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import RadiusCard, SurrogateCard

_REMEDY = "stay inside, or extrapolate (--extrapolate) at your own risk"


def checked_request(
    tumor_radius_um: ArrayLike,
    parameters: ArrayLike,
    card: SurrogateCard,
    *,
    extrapolate: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return radii (n,) and parameters (n, 3) as arrays.

    Takes a radius (um), or one for each of the parameters. Raises ``UserError`` for what no
    simulation has, for a radius that the surrogate does not know, and, unless ``extrapolate``, for
    parameters outside the range of the training data.
    """
    treatments = np.asarray(parameters, dtype=np.float64)
    if treatments.ndim != 2 or treatments.shape[1] != len(tables.PARAMETER_COLUMNS):
        raise ValueError(f"parameters must have shape (n, 3), not {treatments.shape}")
    radii_um = np.broadcast_to(np.asarray(tumor_radius_um, dtype=np.float64), len(treatments))
    check_schedule(treatments)
    check_radii(radii_um, card, extrapolate=extrapolate)
    if not extrapolate:
        check_parameters(treatments, card)
    return radii_um, treatments


def check_schedule(parameters: NDArray[np.float64]) -> None:
    """Raise ``UserError`` for parameters (n, 3) that no simulation has."""
    period_min, duration_min, concentration = parameters.T
    with np.errstate(over="ignore"):
        finite = np.isfinite(parameters.astype(np.float32)).all(axis=1)
    admitted = finite & (duration_min > 0) & (duration_min <= period_min) & (concentration >= 0)
    if not admitted.all():
        period, duration, relative = parameters[~admitted][0]
        raise UserError(
            f"pulse_period_min={period:g}, pulse_duration_min={duration:g}, "
            f"tnf_concentration={relative:g}: give 0 < duration <= period "
            "and concentration >= 0, all finite"
        )


def check_radii(
    radii_um: NDArray[np.float64], card: SurrogateCard, *, extrapolate: bool = False
) -> None:
    """Raise ``UserError`` for a radius (n,) that the surrogate does not know.

    A surrogate of one radius knows no other. A general one knows those between the radii that it
    was trained on, and with ``extrapolate`` all whole ones that the model admits.
    """
    name = tables.TUMOR_RADIUS_UM
    if isinstance(card, RadiusCard):
        others = radii_um[radii_um != card.tumor_radius_um]
        if others.size:
            raise UserError(
                f"{name}={others[0]:g}: the surrogate is that of {card.tumor_radius_um} um; give "
                "this radius, or a surrogate of another"
            )
        return
    low, high = TUMOR_RADIUS_RANGE_UM
    impossible = radii_um[~((radii_um >= low) & (radii_um <= high) & (radii_um % 1 == 0))]
    if impossible.size:
        raise UserError(f"{name}={impossible[0]:g}: give a whole number from {low} to {high} um")
    low, high = card.scaling.tumor_radius_min_um, card.scaling.tumor_radius_max_um
    outside = radii_um[(radii_um < low) | (radii_um > high)]
    if outside.size and not extrapolate:
        raise UserError(
            f"{name}={outside[0]:g}: the surrogate was trained on {low} .. {high}; {_REMEDY}"
        )


def check_parameters(parameters: NDArray[np.float64], card: SurrogateCard) -> None:
    """Raise ``UserError`` for parameters (n, 3) outside the range of the training data."""
    bounds = zip(
        tables.PARAMETER_COLUMNS,
        parameters.T,
        card.scaling.parameter_min,
        card.scaling.parameter_max,
        strict=True,
    )
    for name, values, low, high in bounds:
        outside = values[(values < low) | (values > high)]
        if outside.size:
            raise UserError(
                f"{name}={outside[0]:g}: the surrogate was trained on {low:g} .. {high:g}; "
                f"{_REMEDY}"
            )
