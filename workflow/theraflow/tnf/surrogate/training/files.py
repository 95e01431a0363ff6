"""What is kept of a training: cards, weights, history, split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.tnf.surrogate.card import DataCard, TrainingCard
from theraflow.tnf.surrogate.prediction import Surrogate, save_surrogate
from theraflow.tnf.surrogate.split_file import SimulationSplit, write_split
from theraflow.tnf.surrogate.training.epochs import TRAINING_PACKAGES, Training
from theraflow.tnf.trajectories.arrays import Trajectories

HISTORY_NAME: Final = "history.parquet"
CHECKPOINT_NAME: Final = "checkpoint.pt"


def data_card(
    trajectories: Trajectories, split: SimulationSplit, config: SurrogatesConfig
) -> DataCard:
    """Describe the data of a training."""
    return DataCard(
        content_hash=trajectories.content_hash,
        split_hash=split.content_hash,
        simulations=len(trajectories),
        training_simulations=len(split.training),
        validation_simulations=len(split.validation),
        test_simulations=len(split.test),
        split=config.split,
    )


def training_card(training: Training, config: SurrogatesConfig, seed: int) -> TrainingCard:
    """Describe how a training went."""
    return TrainingCard(
        seed=seed,
        epochs=len(training.history),
        device=training.device,
        threads=config.threads,
        wall_s=training.wall_s,
        cpu_s=training.cpu_s,
        gpu_s=training.gpu_s,
    )


def write_trained(
    surrogate: Surrogate,
    split: SimulationSplit,
    history: pd.DataFrame,
    history_schema: pa.Schema,
    output_dir: Path,
    origin: Mapping[str, Any],
) -> None:
    """Write ``history.parquet``, ``split.parquet``, weights and card; remove the checkpoint."""
    described = provenance(origin, TRAINING_PACKAGES)
    write_frame(history, output_dir / HISTORY_NAME, described, history_schema)
    write_split(split, output_dir, described)
    save_surrogate(surrogate, output_dir)
    (output_dir / CHECKPOINT_NAME).unlink(missing_ok=True)
