"""The ensemble of a general surrogate, from the data set to its files."""

import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SurrogatesConfig, UncertaintyConfig
from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.card import GeneralCard, read_card
from theraflow.tnf.surrogate.parts import of_points, simulations_of_part
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.uncertainty.calibration import calibrate, factor_of_the_mean
from theraflow.tnf.surrogate.uncertainty.distribution import Distribution
from theraflow.tnf.surrogate.uncertainty.ensemble import (
    CalibratedSurrogate,
    CalibrationCard,
    load_ensemble,
    member_file,
    save_member,
    weights_hashes,
    write_calibration,
)
from theraflow.tnf.surrogate.uncertainty.replicates import MeansOfReplicates
from theraflow.tnf.surrogate.uncertainty.training import train_member
from theraflow.tnf.trajectories.arrays import SimulationData, Trajectories, trajectories

_log = logging.getLogger(__name__)


def train_ensemble_member(
    data: SimulationData,
    tumor_radii_um: Collection[int],
    member: int,
    config: SurrogatesConfig,
    seed: int,
    directory: Path,
    *,
    design: NDArray[np.float64] | None = None,
    drawn_design: NDArray[np.float64] | None = None,
    show_progress: bool = True,
) -> None:
    """Train a member, by its number from 0, and write ``ensemble/member_{member}.safetensors``.

    ``directory`` is that of the general surrogate; the other arguments, and errors, are those of
    ``train_general_surrogate``.
    """
    checkpoint = member_file(directory, member).with_suffix(".checkpoint.pt")
    trained = train_member(
        trajectories(data),
        tumor_radii_um,
        member,
        config,
        seed,
        checkpoint,
        design=design,
        drawn_design=drawn_design,
        show_progress=show_progress,
    )
    save_member(trained.network, directory, member)
    checkpoint.unlink(missing_ok=True)
    _log.info("member %d: trained in %.1f s of CPU time", member, trained.cpu_s)


def calibrate_ensemble(
    directory: Path,
    data: SimulationData,
    settings: UncertaintyConfig,
    replicates: SimulationData | None = None,
) -> CalibratedSurrogate:
    """Calibrate the ensemble of a general surrogate; writes ``ensemble/calibration.json``.

    ``directory`` is that of the surrogate, ``data`` the trajectories that it was trained on,
    ``replicates`` are simulations that repeat points of it. Only validation points are used.
    Raises ``UserError`` as ``load_ensemble`` and ``simulations_of_part`` do.
    """
    card = read_card(directory)
    if not isinstance(card, GeneralCard):
        raise UserError(f"{directory}: only a general surrogate has an ensemble; give one")
    validation = simulations_of_part(card, read_split(directory), data, "validation")
    repeated = validation
    if replicates is not None:
        repeated = of_points(trajectories(replicates), validation)
    ensemble = load_ensemble(directory, card, settings)

    def predict(simulations: Trajectories) -> Distribution:
        return ensemble.predict(
            simulations.tumor_radii_um, simulations.parameters, extrapolate=True
        )

    means = MeansOfReplicates.of(repeated.counts, repeated.points)
    calibration = calibrate(
        predict(validation),
        validation.counts,
        settings.levels,
        members=settings.members,
        mean_factor=factor_of_the_mean(
            predict(repeated.subset(means.first)), means, settings.levels, members=settings.members
        ),
    )
    calibrated = CalibrationCard(
        settings=settings,
        weights_hashes=weights_hashes(directory, settings.members),
        split_hash=card.data.split_hash,
        validation_simulations=len(validation),
        calibration=calibration,
    )
    write_calibration(calibrated, directory)
    _log.info(
        "calibrated on %d simulations; the mean is off by %.2f times the spread of the members",
        len(validation),
        calibration.mean_factor,
    )
    return CalibratedSurrogate(ensemble, calibrated)
