"""The epochs of a training: resumes after a kill, reproducible for a seed on CPU."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from tqdm import tqdm

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.identity import content_hash, derive_seed
from theraflow.core.provenance import versions
from theraflow.tnf.surrogate.networks.recipe import Recipe
from theraflow.tnf.surrogate.training.checkpoint import load_checkpoint, save_checkpoint
from theraflow.tnf.surrogate.training.device import choose_device, reproducible_torch
from theraflow.tnf.tables import EPOCH, LEARNING_RATE, TRAINING_LOSS, VALIDATION_LOSS

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
class Training:
    """A trained network, on the CPU, and how it came about.

    ``history``: a row per epoch. ``gpu_s``: wall time in which the training held a GPU; ``cpu_s``
    is time of the CPU alone, on whatever device the network was trained.
    """

    network: nn.Module
    history: list[dict[str, float]]
    device: str
    wall_s: float
    cpu_s: float
    gpu_s: float


def run_training(
    make_recipe: Callable[[torch.device], Recipe],
    config: SurrogatesConfig,
    *,
    weight_seed_key: Mapping[str, Any],
    identity: Mapping[str, Any],
    checkpoint: Path,
    label: str,
    show_progress: bool = True,
) -> Training:
    """Run all epochs of a recipe that is made when torch's generators are seeded.

    While it runs, the file ``checkpoint`` keeps what a later call with the same arguments needs to
    go on after a kill; the result is the same as that of an undisturbed run. ``identity`` tells
    data, settings, seed and code: a checkpoint of another training, or of other versions or
    threads, is not used. Raises ``UserError`` for an unreadable checkpoint, or a GPU that is not
    there.
    """
    device = choose_device(config.device)
    fingerprint = content_hash(
        {**identity, "threads": config.threads, "versions": versions(TRAINING_PACKAGES)}
    )
    with reproducible_torch(derive_seed(weight_seed_key), config.threads):
        recipe = make_recipe(device)
        progress = _resume(recipe, checkpoint, fingerprint, device)
        _run_epochs(
            recipe,
            progress,
            checkpoint,
            fingerprint,
            on_gpu=device.type == "cuda",
            interval=config.checkpoint_interval_epochs,
            label=label,
            show_progress=show_progress,
        )
        network = recipe.trained_network().cpu().eval()
    return Training(network=network, device=device.type, **vars(progress))


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
