"""Training of one surrogate: resumes after a kill, reproducible for a seed on CPU."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.identity import content_hash, derive_seed
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.tnf.surrogate.card import (
    DataCard,
    MetricsCard,
    SurrogateCard,
    TrainingCard,
    current_versions,
)
from theraflow.tnf.surrogate.networks.architectures import build_recipe, chosen_architecture
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.prediction import (
    Surrogate,
    predict_whole_cells,
    save_surrogate,
)
from theraflow.tnf.surrogate.training.checkpoint import load_checkpoint, save_checkpoint
from theraflow.tnf.surrogate.training.device import choose_device, reproducible_torch
from theraflow.tnf.surrogate.training.fingerprint import training_fingerprint
from theraflow.tnf.surrogate.training.split import Split, split_by_point
from theraflow.tnf.tables import (
    EPOCH,
    LEARNING_RATE,
    TRAINING_LOSS,
    TUMOR_RADIUS_UM,
    VALIDATION_LOSS,
)
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent, relative_error_totals_percent

HISTORY_NAME: Final = "history.parquet"
CHECKPOINT_NAME: Final = "checkpoint.pt"

_LOG_LINES: Final = 10

_log = logging.getLogger(__name__)


@dataclass
class _Progress:
    """What a checkpoint holds beside the recipe."""

    history: list[dict[str, float]]
    wall_s: float = 0.0
    cpu_s: float = 0.0


def train_surrogate(
    frame: pd.DataFrame,
    tumor_radius_um: int,
    config: SurrogatesConfig,
    seed: int,
    output_dir: Path,
    *,
    show_progress: bool = True,
) -> Surrogate:
    """Train the surrogate of one radius and write it to ``output_dir``.

    ``frame`` is a trajectory table; other radii in it are ignored. Files: ``weights.safetensors``,
    ``card.json``, ``model.onnx``, ``history.parquet`` (a row per epoch). While it runs,
    ``checkpoint.pt`` keeps what a later call with the same arguments needs to go on after a kill;
    the result is the same as that of an undisturbed run. Other code or versions start afresh.
    Raises ``UserError`` for unusable data, an unreadable checkpoint, or a GPU that is not there.
    """
    device = choose_device(config.device)
    trajectories = trajectories_of_radius(frame, tumor_radius_um)
    split = split_by_point(trajectories, config.split, seed)
    training = trajectories.subset(split.training)
    validation = trajectories.subset(split.validation)
    scaling = Scaling.from_training(training)
    settings = chosen_architecture(config)
    fingerprint = content_hash(
        {
            "data": trajectories.content_hash,
            "split": config.split.model_dump(),
            "architecture": config.architecture,
            "settings": settings.model_dump(),
            "seed": seed,
            "threads": config.threads,
            "code": training_fingerprint(),
            "versions": current_versions(),
        }
    )
    weight_seed = derive_seed({"use": "weights", "seed": seed, "tumor_radius_um": tumor_radius_um})
    with reproducible_torch(weight_seed, config.threads):
        recipe = build_recipe(
            settings, scaling, Samples.of(training, device), Samples.of(validation, device)
        )
        checkpoint = output_dir / CHECKPOINT_NAME
        progress = _resume(recipe, checkpoint, fingerprint, device)
        _run_epochs(
            recipe,
            progress,
            checkpoint,
            fingerprint,
            interval=config.checkpoint_interval_epochs,
            label=f"radius {tumor_radius_um} um",
            show_progress=show_progress,
        )
        network = recipe.trained_network().cpu().eval()
    card = SurrogateCard(
        tumor_radius_um=tumor_radius_um,
        architecture=config.architecture,
        settings=settings,
        scaling=scaling,
        data=_data_card(trajectories, split, config),
        training=TrainingCard(
            seed=seed,
            epochs=recipe.epochs,
            device=device.type,
            threads=config.threads,
            wall_s=progress.wall_s,
            cpu_s=progress.cpu_s,
        ),
        metrics=_measure(network, validation),
        versions=current_versions(),
    )
    surrogate = Surrogate(network, card)
    write_frame(
        pd.DataFrame(progress.history)
        .astype({EPOCH: np.int32})
        .assign(**{TUMOR_RADIUS_UM: np.int32(tumor_radius_um)}),
        output_dir / HISTORY_NAME,
        provenance(
            {
                "tumor_radius_um": tumor_radius_um,
                "architecture": config.architecture,
                "settings": settings.model_dump(),
                "seed": seed,
            },
            ("numpy", "torch"),
        ),
    )
    save_surrogate(surrogate, output_dir)
    checkpoint.unlink(missing_ok=True)
    _log.info(
        "radius %d um: trained %d epochs in %.1f s, validation error %.2f %%",
        tumor_radius_um,
        recipe.epochs,
        progress.wall_s,
        card.metrics.validation_relative_error_percent,
    )
    return surrogate


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
    interval: int,
    label: str,
    show_progress: bool,
) -> None:
    wall_start = time.perf_counter() - progress.wall_s
    cpu_start = time.process_time() - progress.cpu_s
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


def _data_card(trajectories: Trajectories, split: Split, config: SurrogatesConfig) -> DataCard:
    return DataCard(
        content_hash=trajectories.content_hash,
        simulations=len(trajectories),
        training_simulations=len(split.training),
        validation_simulations=len(split.validation),
        test_simulations=len(split.test),
        split=config.split,
    )


def _measure(network: torch.nn.Module, validation: Trajectories) -> MetricsCard:
    predictions = predict_whole_cells(network, validation.parameters)[:, 1:]
    counts = validation.counts[:, 1:]
    return MetricsCard(
        validation_relative_error_percent=float(relative_error_percent(counts, predictions).mean()),
        validation_relative_error_totals_percent=float(
            relative_error_totals_percent(counts, predictions).mean()
        ),
    )
