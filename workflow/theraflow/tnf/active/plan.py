"""What active learning asks for: known from the config alone, before anything is simulated."""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.lib.recfunctions import repack_fields

from theraflow.config.tnf.active_learning import ActiveLearningConfig
from theraflow.config.tnf.designs import SobolRadiusDesign
from theraflow.config.tnf.study import TnfConfig
from theraflow.core.errors import UserError
from theraflow.tnf.campaign.batches import tumours_of
from theraflow.tnf.campaign.design import (
    POINT,
    Points,
    at_radius,
    block_of,
    points_by_block,
    treatments_by_block,
)

_CANDIDATES = "tnf.active_learning.candidates"


def radii_of_rounds(
    active: ActiveLearningConfig, tumor_radii_um: Collection[int]
) -> tuple[int | None, ...]:
    """List the radii (um) that each get points of their own in a round; None: those drawn."""
    if not active.rounds:
        return ()
    return (None,) if isinstance(active.candidates, SobolRadiusDesign) else tuple(tumor_radii_um)


def round_batch_id(number: int, tumor_radius_um: int | None) -> str:
    """Name the simulations of a round, counted from 1."""
    return f"round_{number}_{tumours_of(tumor_radius_um)}"


def planned_rounds(tnf: TnfConfig) -> Iterator[tuple[int, int | None]]:
    """Yield the number of a round, from 1, and a radius (um) for all that is simulated."""
    radii_um = radii_of_rounds(tnf.active_learning, tnf.tumor_radii_um)
    for number in range(1, tnf.active_learning.rounds + 1):
        for radius in radii_um:
            yield number, radius


def radii_within_round(
    active: ActiveLearningConfig, tumor_radius_um: int | None
) -> tuple[int, int]:
    """Return the lowest and highest radius (um) of a round at one radius, or at drawn ones."""
    if tumor_radius_um is not None:
        return tumor_radius_um, tumor_radius_um
    assert isinstance(active.candidates, SobolRadiusDesign)
    return active.candidates.tumor_radius_um


def added_simulations(tnf: TnfConfig, tumor_radius_um: int | None) -> int:
    """Count the simulations that all rounds add at a radius (um), or of drawn radii (None)."""
    active = tnf.active_learning
    added = active.rounds * active.points * active.replicates
    return added if tumor_radius_um in radii_of_rounds(active, tnf.tumor_radii_um) else 0


def all_added_simulations(tnf: TnfConfig) -> int:
    """Count the simulations that all rounds add."""
    return sum(added_simulations(tnf, radius) for radius in (*tnf.tumor_radii_um, None))


def candidate_points(tnf: TnfConfig, tumor_radius_um: int | None) -> Points:
    """List the points to choose from, without those of the designs.

    Raises ``UserError`` when there are fewer than the rounds add.
    """
    active = tnf.active_learning
    drawn = block_of(active.candidates, _CANDIDATES)
    candidates = drawn if tumor_radius_um is None else at_radius(drawn, tumor_radius_um)
    of_designs = [
        *points_by_block(tnf.designs),
        *(
            at_radius(block, radius)
            for radius in tnf.tumor_radii_um
            for block in treatments_by_block(tnf.designs)
        ),
    ]
    candidates = without(candidates, np.concatenate(of_designs))
    if len(candidates) < active.rounds * active.points:
        raise UserError(
            f"{_CANDIDATES}: {len(candidates)} are no points of tnf.designs, fewer than "
            f"{active.rounds} rounds of {active.points} points add; ask for more candidates, or "
            "give them another seed"
        )
    return candidates


def without(points: Points, others: Points) -> Points:
    """Drop the points that are among others."""
    known = set(repack_fields(others[list(POINT.names or ())]).tolist())
    return points[[point not in known for point in points.tolist()]]


def check_active_learning(tnf: TnfConfig) -> None:
    """Raise ``UserError`` for candidates that do not suffice."""
    for radius in radii_of_rounds(tnf.active_learning, tnf.tumor_radii_um):
        candidate_points(tnf, radius)
