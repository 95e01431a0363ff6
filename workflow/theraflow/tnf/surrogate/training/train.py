"""Training of the network of one radius: resumes after a kill, reproducible for a seed on CPU.

Everything here, and all that it imports, decides weights: an edit retrains every surrogate.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.identity import content_hash, derive_seed
from theraflow.core.provenance import versions
from theraflow.tnf.surrogate.networks.architectures import build_recipe, chosen_architecture
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.training.checkpoint import load_checkpoint, save_checkpoint
from theraflow.tnf.surrogate.training.device import choose_device, reproducible_torch
from theraflow.tnf.surrogate.training.fingerprint import training_fingerprint
from theraflow.tnf.surrogate.training.split import Split, split_by_point
from theraflow.tnf.tables import EPOCH, LEARNING_RATE, TRAINING_LOSS, VALIDATION_LOSS
from theraflow.tnf.trajectories.arrays import Trajectories

TRAINING_PACKAGES: Final = ("numpy", "torch")

_LOG_LINES: Final = 10

_log = logging.getLogger(__name__)


@dataclass
class _Progress:
    """What a checkpoint holds beside the recipe."""

    history: list[dict[str, float]]
    wall_s: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0


@dataclass(frozen=True)
class TrainedNetwork:
    """A network on the CPU, and how it came about.

    ``history``: a row per epoch. ``gpu_s``: wall time in which the training held a GPU; ``cpu_s``
    is time of the CPU alone, on whatever device the network was trained.
    """

    network: nn.Module
    scaling: Scaling
    split: Split
    history: list[dict[str, float]]
    device: str
    wall_s: float
    cpu_s: float
    gpu_s: float


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

    ``design`` (m, 3): the points that were to be simulated, see ``split_by_point``. While it runs,
    the file ``checkpoint`` keeps what a later call with the same arguments needs to go on after a
    kill; the result is the same as that of an undisturbed run. Other code or versions start afresh.
    Raises ``UserError`` for too few points, an unreadable checkpoint, or a GPU that is not there.
    """
    device = choose_device(config.device)
    radius = trajectories.tumor_radius_um
    split = split_by_point(trajectories.parameters, radius, config.split, seed, design=design)
    training = trajectories.subset(split.training)
    validation = trajectories.subset(split.validation)
    scaling = Scaling.from_training(training)
    settings = chosen_architecture(config)
    fingerprint = content_hash(
        {
            "data": trajectories.content_hash,
            "training": split.training.tolist(),
            "validation": split.validation.tolist(),
            "architecture": config.architecture,
            "settings": settings.model_dump(),
            "seed": seed,
            "threads": config.threads,
            "code": training_fingerprint(),
            "versions": versions(TRAINING_PACKAGES),
        }
    )
    weight_seed = derive_seed({"use": "weights", "seed": seed, "tumor_radius_um": radius})
    with reproducible_torch(weight_seed, config.threads):
        recipe = build_recipe(
            settings, scaling, Samples.of(training, device), Samples.of(validation, device)
        )
        progress = _resume(recipe, checkpoint, fingerprint, device)
        _run_epochs(
            recipe,
            progress,
            checkpoint,
            fingerprint,
            on_gpu=device.type == "cuda",
            interval=config.checkpoint_interval_epochs,
            label=f"radius {radius} um",
            show_progress=show_progress,
        )
        network = recipe.trained_network().cpu().eval()
    return TrainedNetwork(
        network=network,
        scaling=scaling,
        split=split,
        device=device.type,
        **vars(progress),
    )


def _resume(recipe: Recipe, checkpoint: Path, fingerprint: str, device: torch.device) -> _Progress:
    saved = load_checkpoint(checkpoint, fingerprint, device)
    if saved is None:
        return _Progress(history=[])
    recipe.load_state_dict(saved["recipe"])
    progress = _Progress(**saved["progress"])
    _log.info("%s: going on after epoch %d", checkpoint, len(progress.history))
    return progress


def _run_epochs(
    recipe: Recipe,
    progress: _Progress,
    checkpoint: Path,
    fingerprint: str,
    *,
    on_gpu: bool,
    interval: int,
    label: str,
    show_progress: bool,
) -> None:
    wall_start = time.perf_counter() - progress.wall_s
    cpu_start = time.process_time() - progress.cpu_s
    gpu_start = time.perf_counter() - progress.gpu_s
    log_interval = max(1, recipe.epochs // _LOG_LINES)
    epochs = tqdm(
        range(len(progress.history) + 1, recipe.epochs + 1),
        initial=len(progress.history),
        total=recipe.epochs,
        desc=label,
        unit="epoch",
        mininterval=1.0,
        disable=None if show_progress else True,
    )
    for epoch in epochs:
        row: dict[str, float] = {EPOCH: epoch, LEARNING_RATE: recipe.learning_rate}
        row[TRAINING_LOSS] = recipe.train_epoch()
        row[VALIDATION_LOSS] = recipe.validate()
        progress.history.append(row)
        progress.wall_s = time.perf_counter() - wall_start
        progress.cpu_s = time.process_time() - cpu_start
        if on_gpu:
            progress.gpu_s = time.perf_counter() - gpu_start
        if epoch % log_interval == 0:
            _log.info(
                "%s: epoch %d of %d, validation loss %.4g",
                label,
                epoch,
                recipe.epochs,
                row[VALIDATION_LOSS],
            )
        epochs.set_postfix(validation=f"{row[VALIDATION_LOSS]:.4g}", refresh=False)
        if epoch % interval == 0 and epoch < recipe.epochs:
            state: dict[str, Any] = {"recipe": recipe.state_dict(), "progress": vars(progress)}
            save_checkpoint(checkpoint, fingerprint, state)
