"""Training of the network of every radius.

Everything here, and all that it imports, decides weights: an edit retrains the general surrogate.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SplitConfig, SurrogatesConfig
from theraflow.tnf.surrogate.networks.general import GeneralRecipe, GeneralScaling
from theraflow.tnf.surrogate.networks.recipe import Samples
from theraflow.tnf.surrogate.training.epochs import Training, run_training
from theraflow.tnf.surrogate.training.fingerprint import general_training_fingerprint
from theraflow.tnf.surrogate.training.split import (
    PARTS,
    Split,
    planned_and_added,
    split_by_point,
)
from theraflow.tnf.trajectories.arrays import Trajectories


@dataclass(frozen=True)
class TrainedGeneralNetwork:
    """A training, the division of the data, and the constants of the network's scaling."""

    training: Training
    scaling: GeneralScaling
    split: Split


@dataclass(frozen=True)
class DividedSimulations:
    """What a network of every radius learns from: simulations, their division, and scaling."""

    simulations: Trajectories
    split: Split
    scaling: GeneralScaling

    @classmethod
    def of(
        cls,
        simulations: Trajectories,
        tumor_radii_um: Collection[int],
        config: SplitConfig,
        seed: int,
        *,
        design: NDArray[np.float64] | None = None,
        drawn_design: NDArray[np.float64] | None = None,
    ) -> Self:
        """Divide simulations as ``split_every_radius`` does, and measure the constants."""
        split = split_every_radius(
            simulations, tumor_radii_um, config, seed, design=design, drawn_design=drawn_design
        )
        scaling = GeneralScaling.from_training(simulations.subset(split.training))
        return cls(simulations, split, scaling)

    @property
    def identity(self) -> dict[str, Any]:
        """What of the data decides weights."""
        return {
            "data": self.simulations.content_hash,
            "training": self.split.training.tolist(),
            "validation": self.split.validation.tolist(),
        }

    def samples(self, device: torch.device) -> tuple[Samples, Samples]:
        """Copy the simulations for training and for validation to a device."""
        return (
            Samples.of_every_radius(self.simulations.subset(self.split.training), device),
            Samples.of_every_radius(self.simulations.subset(self.split.validation), device),
        )


def train_general_network(
    trajectories: Trajectories,
    tumor_radii_um: Collection[int],
    config: SurrogatesConfig,
    seed: int,
    checkpoint: Path,
    *,
    design: NDArray[np.float64] | None = None,
    drawn_design: NDArray[np.float64] | None = None,
    show_progress: bool = True,
) -> TrainedGeneralNetwork:
    """Train one network on the simulations of all radii, mixed in every batch.

    ``tumor_radii_um`` and the designs: see ``split_every_radius``. Resumes from ``checkpoint`` and
    raises ``UserError`` as ``run_training`` does, and for too few points.
    """
    data = DividedSimulations.of(
        trajectories, tumor_radii_um, config.split, seed, design=design, drawn_design=drawn_design
    )
    trained = run_training(
        lambda device: GeneralRecipe(config.general, data.scaling, *data.samples(device)),
        config,
        weight_seed_key={"use": "weights of the general surrogate", "seed": seed},
        identity={
            **data.identity,
            "settings": config.general.model_dump(),
            "seed": seed,
            "code": general_training_fingerprint(),
        },
        checkpoint=checkpoint,
        label="every radius",
        show_progress=show_progress,
    )
    return TrainedGeneralNetwork(trained, data.scaling, data.split)


def split_every_radius(
    trajectories: Trajectories,
    tumor_radii_um: Collection[int],
    config: SplitConfig,
    seed: int,
    *,
    design: NDArray[np.float64] | None = None,
    drawn_design: NDArray[np.float64] | None = None,
) -> Split:
    """Divide the simulations of every radius as its own surrogate does, so that both see the same.

    ``tumor_radii_um`` are the radii with a design of their own, whose points are ``design`` (m, 3).
    All other simulations, whose radius was drawn with their parameters, are divided together; their
    points are ``drawn_design`` (m, 4), radius first. Without the designs, the points are those of
    the simulations. What active learning has added to them trains. Raises ``UserError`` as
    ``split_by_point`` does.
    """
    planned, added = planned_and_added(trajectories.replicates)
    radii, parameters = trajectories.tumor_radii_um[planned], trajectories.parameters[planned]
    is_drawn = ~np.isin(radii, list(tumor_radii_um))
    if design is not None:
        # A drawn radius may be one of the others by chance.
        points = set(map(tuple, design.tolist()))
        is_drawn |= [point not in points for point in map(tuple, parameters.tolist())]
    groups: list[tuple[int | None, NDArray[np.bool_]]] = [
        (radius, (radii == radius) & ~is_drawn) for radius in sorted(tumor_radii_um)
    ]
    with_radii = np.column_stack([radii, parameters])
    parts: dict[str, list[NDArray[np.int64]]] = {part: [] for part in PARTS}
    for radius, is_member in [*groups, (None, is_drawn)]:
        members = np.flatnonzero(is_member)
        if not len(members):
            continue
        split = split_by_point(
            (with_radii if radius is None else parameters)[members],
            radius,
            config,
            seed,
            design=drawn_design if radius is None else design,
        )
        for part in PARTS:
            parts[part].append(members[getattr(split, part)])
    divided = Split(*(np.sort(np.concatenate(parts[part])) for part in PARTS))
    return divided.among(planned, added)
