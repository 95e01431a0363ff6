"""Training of the network of one radius.

Everything here, and all that it imports, decides weights: an edit retrains every surrogate of one
radius.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.tnf.surrogate.networks.architectures import build_recipe, chosen_architecture
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.training.epochs import Training, run_training
from theraflow.tnf.surrogate.training.fingerprint import training_fingerprint
from theraflow.tnf.surrogate.training.split import Split, planned_and_added, split_by_point
from theraflow.tnf.trajectories.arrays import Trajectories


@dataclass(frozen=True)
class TrainedNetwork:
    """A training, the division of the data, and the constants of the network's scaling."""

    training: Training
    scaling: Scaling
    split: Split


def train_network(
    trajectories: Trajectories,
    config: SurrogatesConfig,
    seed: int,
    checkpoint: Path,
    *,
    design: NDArray[np.float64] | None = None,
    show_progress: bool = True,
) -> TrainedNetwork:
    """Train the network of one radius.

    ``design`` (m, 3): the points that were to be simulated, see ``split_by_point``; what active
    learning has added to them trains. Resumes from ``checkpoint`` and raises ``UserError`` as
    ``run_training`` does, and for too few points.
    """
    radius = trajectories.tumor_radius_um
    planned, added = planned_and_added(trajectories.replicates)
    split = split_by_point(
        trajectories.parameters[planned], radius, config.split, seed, design=design
    ).among(planned, added)
    training = trajectories.subset(split.training)
    validation = trajectories.subset(split.validation)
    scaling = Scaling.from_training(training)
    settings = chosen_architecture(config)

    def make_recipe(device: torch.device) -> Recipe:
        return build_recipe(
            settings, scaling, Samples.of(training, device), Samples.of(validation, device)
        )

    trained = run_training(
        make_recipe,
        config,
        weight_seed_key={"use": "weights", "seed": seed, "tumor_radius_um": radius},
        identity={
            "data": trajectories.content_hash,
            "training": split.training.tolist(),
            "validation": split.validation.tolist(),
            "architecture": config.architecture,
            "settings": settings.model_dump(),
            "seed": seed,
            "code": training_fingerprint(),
        },
        checkpoint=checkpoint,
        label=f"radius {radius} um",
        show_progress=show_progress,
    )
    return TrainedNetwork(trained, scaling, split)
