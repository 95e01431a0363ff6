"""Training of a surrogate, from a table of trajectories to the files that are kept of it."""

import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.tnf.engines import Dimension
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.provenance import versions
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import GeneralCard, RadiusCard
from theraflow.tnf.surrogate.networks.architectures import chosen_architecture
from theraflow.tnf.surrogate.prediction import Surrogate
from theraflow.tnf.surrogate.split_file import SimulationSplit
from theraflow.tnf.surrogate.training.epochs import TRAINING_PACKAGES, Training
from theraflow.tnf.surrogate.training.files import (
    CHECKPOINT_NAME,
    data_card,
    training_card,
    write_trained,
)
from theraflow.tnf.surrogate.training.general import train_general_network
from theraflow.tnf.surrogate.training.train import train_network
from theraflow.tnf.trajectories.arrays import SimulationData, trajectories, trajectories_of_radius

_log = logging.getLogger(__name__)


def train_surrogate(
    data: SimulationData,
    tumor_radius_um: int,
    config: SurrogatesConfig,
    seed: int,
    output_dir: Path,
    *,
    design: NDArray[np.float64] | None = None,
    dimension: Dimension = 2,
    show_progress: bool = True,
) -> Surrogate:
    """Train the surrogate of one radius and write it to ``output_dir``.

    ``data`` are trajectories; other radii in it are ignored. ``design`` (m, 3) are the points
    that were to be simulated; ``dimension`` is that of their space, for the card. Files:
    ``weights.safetensors``, ``card.json``, ``split.parquet`` (ids of the simulations of each part),
    ``history.parquet`` (a row per epoch); while it runs, ``checkpoint.pt``, from which a killed
    training goes on. Raises ``UserError`` for unusable data, and as ``train_network`` does.
    """
    simulations = trajectories_of_radius(data, tumor_radius_um)
    trained = train_network(
        simulations,
        config,
        seed,
        output_dir / CHECKPOINT_NAME,
        design=design,
        show_progress=show_progress,
    )
    split = SimulationSplit.of(simulations, trained.split)
    settings = chosen_architecture(config)
    card = RadiusCard(
        tumor_radius_um=tumor_radius_um,
        dimension=dimension,
        horizon_min=simulations.horizon_min,
        architecture=config.architecture,
        settings=settings,
        scaling=trained.scaling,
        data=data_card(simulations, split, config),
        training=training_card(trained.training, config, seed),
        versions=versions(TRAINING_PACKAGES),
    )
    origin = {
        "tumor_radius_um": tumor_radius_um,
        "architecture": config.architecture,
        "settings": settings.model_dump(),
        "split": config.split.model_dump(),
        "seed": seed,
    }
    surrogate = Surrogate(trained.training.network, card)
    history = pd.DataFrame(trained.training.history)
    history[tables.TUMOR_RADIUS_UM] = tumor_radius_um
    write_trained(surrogate, split, history, tables.HISTORY_SCHEMA, output_dir, origin)
    _log_training(f"radius {tumor_radius_um} um", trained.training)
    return surrogate


def train_general_surrogate(
    data: SimulationData,
    tumor_radii_um: Collection[int],
    config: SurrogatesConfig,
    seed: int,
    output_dir: Path,
    *,
    design: NDArray[np.float64] | None = None,
    drawn_design: NDArray[np.float64] | None = None,
    dimension: Dimension = 2,
    show_progress: bool = True,
) -> Surrogate:
    """Train the surrogate of every radius and write it to ``output_dir``.

    ``data`` are trajectories; ``tumor_radii_um`` are the radii with a design of their own,
    whose points are ``design`` (m, 3); ``drawn_design`` (m, 4) are the points whose radius was
    drawn. The files are those of ``train_surrogate``. Raises
    ``UserError`` for unusable data, and as ``train_general_network`` does.
    """
    simulations = trajectories(data)
    trained = train_general_network(
        simulations,
        tumor_radii_um,
        config,
        seed,
        output_dir / CHECKPOINT_NAME,
        design=design,
        drawn_design=drawn_design,
        show_progress=show_progress,
    )
    split = SimulationSplit.of(simulations, trained.split)
    card = GeneralCard(
        tumor_radii_um=tuple(sorted(tumor_radii_um)),
        dimension=dimension,
        horizon_min=simulations.horizon_min,
        settings=config.general,
        scaling=trained.scaling,
        data=data_card(simulations, split, config),
        training=training_card(trained.training, config, seed),
        versions=versions(TRAINING_PACKAGES),
    )
    origin = {
        "tumor_radii_um": card.tumor_radii_um,
        "architecture": card.architecture,
        "settings": config.general.model_dump(),
        "split": config.split.model_dump(),
        "seed": seed,
    }
    surrogate = Surrogate(trained.training.network, card)
    history = pd.DataFrame(trained.training.history)
    write_trained(surrogate, split, history, tables.GENERAL_HISTORY_SCHEMA, output_dir, origin)
    _log_training("every radius", trained.training)
    return surrogate


def _log_training(label: str, training: Training) -> None:
    _log.info(
        "%s: trained %d epochs in %.1f s on %s, last validation loss %.4g",
        label,
        len(training.history),
        training.wall_s,
        training.device,
        training.history[-1][tables.VALIDATION_LOSS],
    )
