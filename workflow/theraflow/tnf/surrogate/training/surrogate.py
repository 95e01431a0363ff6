"""Training of a surrogate, from a table of trajectories to the files that are kept of it."""

import logging
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance, versions
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import DataCard, SurrogateCard, TrainingCard
from theraflow.tnf.surrogate.networks.architectures import chosen_architecture
from theraflow.tnf.surrogate.prediction import Surrogate, save_surrogate
from theraflow.tnf.surrogate.split_file import SimulationSplit, write_split
from theraflow.tnf.surrogate.training.train import TRAINING_PACKAGES, train_network
from theraflow.tnf.trajectories.arrays import trajectories_of_radius

HISTORY_NAME: Final = "history.parquet"
CHECKPOINT_NAME: Final = "checkpoint.pt"

_log = logging.getLogger(__name__)


def train_surrogate(
    frame: pd.DataFrame,
    tumor_radius_um: int,
    config: SurrogatesConfig,
    seed: int,
    output_dir: Path,
    *,
    design: NDArray[np.float64] | None = None,
    show_progress: bool = True,
) -> Surrogate:
    """Train the surrogate of one radius and write it to ``output_dir``.

    ``frame`` is a trajectory table; other radii in it are ignored. ``design`` (m, 3) are the points
    that were to be simulated. Files: ``weights.safetensors``, ``card.json``, ``split.parquet`` (ids
    of the simulations of each part), ``history.parquet`` (a row per epoch); while it runs,
    ``checkpoint.pt``, from which a killed training goes on. Raises ``UserError`` for unusable data,
    and as ``train_network`` does.
    """
    trajectories = trajectories_of_radius(frame, tumor_radius_um)
    checkpoint = output_dir / CHECKPOINT_NAME
    trained = train_network(
        trajectories, config, seed, checkpoint, design=design, show_progress=show_progress
    )
    split = SimulationSplit.of(trajectories, trained.split)
    settings = chosen_architecture(config)
    card = SurrogateCard(
        tumor_radius_um=tumor_radius_um,
        horizon_min=trajectories.horizon_min,
        architecture=config.architecture,
        settings=settings,
        scaling=trained.scaling,
        data=DataCard(
            content_hash=trajectories.content_hash,
            split_hash=split.content_hash,
            simulations=len(trajectories),
            training_simulations=len(split.training),
            validation_simulations=len(split.validation),
            test_simulations=len(split.test),
            split=config.split,
        ),
        training=TrainingCard(
            seed=seed,
            epochs=len(trained.history),
            device=trained.device,
            threads=config.threads,
            wall_s=trained.wall_s,
            cpu_s=trained.cpu_s,
            gpu_s=trained.gpu_s,
        ),
        versions=versions(TRAINING_PACKAGES),
    )
    surrogate = Surrogate(trained.network, card)
    origin = provenance(
        {
            "tumor_radius_um": tumor_radius_um,
            "architecture": config.architecture,
            "settings": settings.model_dump(),
            "split": config.split.model_dump(),
            "seed": seed,
        },
        TRAINING_PACKAGES,
    )
    history = pd.DataFrame(trained.history).assign(**{tables.TUMOR_RADIUS_UM: tumor_radius_um})
    write_frame(history, output_dir / HISTORY_NAME, origin, tables.HISTORY_SCHEMA)
    write_split(split, output_dir, origin)
    save_surrogate(surrogate, output_dir)
    checkpoint.unlink(missing_ok=True)
    _log.info(
        "radius %d um: trained %d epochs in %.1f s on %s, last validation loss %.4g",
        tumor_radius_um,
        card.training.epochs,
        trained.wall_s,
        trained.device,
        trained.history[-1][tables.VALIDATION_LOSS],
    )
    return surrogate
