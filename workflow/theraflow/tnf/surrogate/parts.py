"""The simulations that a surrogate was trained, validated and tested on."""

import numpy as np

from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.card import RadiusCard, SurrogateCard
from theraflow.tnf.surrogate.split_file import SimulationSplit
from theraflow.tnf.surrogate.training.split import Part
from theraflow.tnf.trajectories.arrays import (
    SimulationData,
    Trajectories,
    trajectories,
    trajectories_of_radius,
)


def simulations_of_part(
    card: SurrogateCard, split: SimulationSplit, data: SimulationData, part: Part
) -> Trajectories:
    """Take the simulations of one part of a surrogate's data.

    ``split`` was stored beside the surrogate when it was trained; ``data`` are the trajectories
    that it was trained on. Raises ``UserError`` for the split of another surrogate, and for data
    that do not hold exactly the simulations of the split, with the counts of the training.
    """
    name = _name(card)
    if split.content_hash != card.data.split_hash:
        raise UserError(
            f"{name}: the stored split is that of another surrogate, so the {part} simulations are "
            "unknown; train it again"
        )
    if isinstance(card, RadiusCard):
        simulations = trajectories_of_radius(data, card.tumor_radius_um)
    else:
        simulations = trajectories(data)
    if (
        simulations.content_hash != card.data.content_hash
        or set(simulations.simulation_ids.tolist()) != split.simulation_ids
    ):
        raise UserError(
            f"{name}: the surrogate was trained on other data; give its data set, or train it again"
        )
    chosen = np.isin(simulations.simulation_ids, getattr(split, part))
    return simulations.subset(np.flatnonzero(chosen))


def of_points(simulations: Trajectories, others: Trajectories) -> Trajectories:
    """Take the simulations whose parameter points are among those of others."""
    known = set(_points(others))
    chosen = [point in known for point in _points(simulations)]
    return simulations.subset(np.flatnonzero(chosen))


def _points(simulations: Trajectories) -> list[tuple[float, ...]]:
    columns = [simulations.tumor_radii_um, simulations.parameters]
    return [tuple(point) for point in np.column_stack(columns).tolist()]


def _name(card: SurrogateCard) -> str:
    if isinstance(card, RadiusCard):
        return f"tumor_radius_um={card.tumor_radius_um}"
    return "general surrogate"
