"""The points of a round, chosen by an ensemble that learned from all that was simulated before."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.tnf.designs import SobolRadiusDesign
from theraflow.config.tnf.study import TnfConfig
from theraflow.tnf import tables
from theraflow.tnf.active.acquisition import choose_spread, disagreement_of_members
from theraflow.tnf.active.plan import candidate_points, radii_of_rounds, without
from theraflow.tnf.active.tables import DISAGREEMENT
from theraflow.tnf.campaign.batches import tumours_of
from theraflow.tnf.campaign.design import (
    POINT,
    Points,
    design_parameters,
    drawn_parameters,
)
from theraflow.tnf.surrogate.training.general import DividedSimulations
from theraflow.tnf.surrogate.uncertainty.ensemble import load_members
from theraflow.tnf.surrogate.uncertainty.network import MemberNetwork
from theraflow.tnf.trajectories.arrays import SimulationData, Trajectories, trajectories

_log = logging.getLogger(__name__)

Numbers = NDArray[np.float64]


def choose_points(data: SimulationData, tnf: TnfConfig, directory: Path) -> pd.DataFrame:
    """Choose the points of a round; rows of ``ROUND_SCHEMA``, the first chosen first.

    ``data`` is all that was simulated before, in designs and earlier rounds, on which
    the members in ``directory`` were trained. Raises ``UserError`` for members that are missing or
    damaged, and as ``DividedSimulations.of`` does.
    """
    divided = DividedSimulations.of(
        trajectories(data),
        tnf.tumor_radii_um,
        tnf.surrogates.split,
        tnf.surrogates.base_seed,
        design=design_parameters(tnf.designs),
        drawn_design=drawn_parameters(tnf.designs),
    )
    hours = divided.simulations.counts.shape[1] - 1
    networks = load_members(directory, divided.scaling, hours, tnf.surrogates.uncertainty)
    # What was simulated is not simulated again; what tests a surrogate does not tell where to go.
    simulated = _points(divided.simulations)
    trained = _points(divided.simulations.subset(divided.split.training))
    chosen = [
        _choose(without(candidate_points(tnf, radius), simulated), trained, networks, tnf)
        for radius in radii_of_rounds(tnf.active_learning, tnf.tumor_radii_um)
    ]
    return pd.concat(chosen, ignore_index=True)


def _choose(
    candidates: Points, trained: Points, networks: tuple[MemberNetwork, ...], tnf: TnfConfig
) -> pd.DataFrame:
    """Choose among candidates of one radius, or of drawn radii."""
    active = tnf.active_learning
    is_drawn = isinstance(active.candidates, SobolRadiusDesign)
    if not is_drawn:
        of_radius = trained[tables.TUMOR_RADIUS_UM] == candidates[tables.TUMOR_RADIUS_UM][0]
        trained = trained[of_radius]
    columns = _columns(candidates)
    disagreement = disagreement_of_members(networks, columns[:, 0], columns[:, 1:])
    low, high = (bound(_places(candidates, tnf), axis=0) for bound in (np.min, np.max))
    span = np.where(high > low, high - low, 1.0)
    places, known = ((_places(points, tnf) - low) / span for points in (candidates, trained))
    chosen = choose_spread(disagreement, places, known, active.points)
    _log.info(
        "%s: %d of %d candidates chosen; members disagree by %.2f %% there, by %.2f %% everywhere",
        tumours_of(None if is_drawn else int(candidates[tables.TUMOR_RADIUS_UM][0])),
        len(chosen),
        len(candidates),
        disagreement[chosen].mean(),
        disagreement.mean(),
    )
    frame = pd.DataFrame({name: candidates[name][chosen] for name in tables.POINT_COLUMNS})
    return frame.assign(**{DISAGREEMENT: disagreement[chosen]})


def _places(points: Points, tnf: TnfConfig) -> Numbers:
    """Lay points out as their design draws them: concentrations perhaps by their logarithm."""
    columns = _columns(points)
    columns[:, 0] = np.log(columns[:, 0])
    if tnf.active_learning.candidates.concentration_scale == "log":
        lowest = tnf.active_learning.candidates.tnf_concentration[0]
        columns[:, -1] = np.log(np.maximum(columns[:, -1], lowest))
    return columns


def _points(simulations: Trajectories) -> Points:
    points = np.empty(len(simulations), POINT)
    points[tables.TUMOR_RADIUS_UM] = simulations.tumor_radii_um
    for name, values in zip(tables.PARAMETER_COLUMNS, simulations.parameters.T, strict=True):
        points[name] = values
    return points


def _columns(points: Points) -> Numbers:
    return np.stack([points[name] for name in tables.POINT_COLUMNS], axis=1, dtype=float)
