"""The paper's LSTM at several widths and learning rates, by the paper's protocol and split.

A width that would take longer than the limit is trained for as many epochs as fit into it; they are
the first ones of the full training. A run that was stopped goes on from its checkpoint when it is
started again. Rows are printed, and written with the loss curves to the output folder.

    python benchmarks/paper_architecture.py DATA OUT --width 100 --radius 100 --learning-rate 1e-6
"""

import time
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import typer

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.surrogates import PaperArchitectureConfig, SplitConfig, SurrogatesConfig
from theraflow.core.files import write_text_atomic
from theraflow.report.figures.style import save_figure
from theraflow.report.figures.tnf.training import training_histories
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import CARD_NAME
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.files import HISTORY_NAME
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.trajectories.metrics import mean_over_horizon

PAPER_SPLIT: Final = SplitConfig(validation_fraction=0.12, test_fraction=0)
IN_PAPER: Final = "in_paper"
TIMED_EPOCHS: Final = 2


def main(
    dataset: Annotated[Path, typer.Argument(help="Parquet file of trajectories.")],
    out: Annotated[Path, typer.Argument(help="Folder for surrogates, rows and curves.")],
    width: Annotated[list[int], typer.Option(help="Widths of the LSTM's state.")],
    radius: Annotated[list[int], typer.Option(help="Tumour radii, um.")],
    learning_rate: Annotated[list[float], typer.Option(help="Initial learning rates.")],
    limit_s: Annotated[float, typer.Option(help="Longest training, wall time.")] = 3600.0,
    threads: Annotated[int, typer.Option(help="Threads of a training.")] = 1,
) -> None:
    """Train every combination, one after the other, and print a row of each."""
    frame = pd.read_parquet(dataset)
    frame = frame[frame[IN_PAPER]] if IN_PAPER in frame.columns else frame
    rows = []
    for settings in [
        PaperArchitectureConfig(latent_size=latent_size, learning_rate=rate)
        for rate in learning_rate
        for latent_size in width
    ]:
        for tumor_radius_um in radius:
            folder = out / (
                f"width_{settings.latent_size}_rate_{settings.learning_rate:g}"
                f"_radius_{tumor_radius_um}um"
            )
            if not (folder / CARD_NAME).exists():
                _train(frame, tumor_radius_um, settings, folder, limit_s, threads)
            rows.append(_row(frame, settings, folder))
            table = pd.DataFrame(rows)
            write_text_atomic(out / "paper_architecture.csv", table.to_csv(index=False))
            print(table.tail(1).to_string(index=False), flush=True)


def _train(
    frame: pd.DataFrame,
    tumor_radius_um: int,
    settings: PaperArchitectureConfig,
    folder: Path,
    limit_s: float,
    threads: int,
) -> None:
    epochs_file = folder / "epochs.txt"
    if not epochs_file.exists():
        epoch_s = _epoch_s(frame, tumor_radius_um, settings, folder / "timing", threads)
        epochs = max(1, min(settings.epochs, int(limit_s / epoch_s)))
        write_text_atomic(epochs_file, f"{epochs}\n")
    epochs = int(epochs_file.read_text())
    train_surrogate(
        frame,
        tumor_radius_um,
        _config(settings.model_copy(update={"epochs": epochs}), threads),
        1,
        folder,
        show_progress=False,
    )


def _epoch_s(
    frame: pd.DataFrame,
    tumor_radius_um: int,
    settings: PaperArchitectureConfig,
    folder: Path,
    threads: int,
) -> float:
    few = settings.model_copy(update={"epochs": TIMED_EPOCHS})
    started = time.perf_counter()
    train_surrogate(frame, tumor_radius_um, _config(few, threads), 1, folder, show_progress=False)
    return (time.perf_counter() - started) / TIMED_EPOCHS


def _config(settings: PaperArchitectureConfig, threads: int) -> SurrogatesConfig:
    return SurrogatesConfig(
        architecture="paper", paper=settings, split=PAPER_SPLIT, threads=threads
    )


def _row(
    frame: pd.DataFrame, settings: PaperArchitectureConfig, folder: Path
) -> dict[str, float | int]:
    surrogate = load_surrogate(folder)
    radius = surrogate.card.tumor_radius_um
    errors = mean_over_horizon(
        evaluate_surrogate(surrogate, read_split(folder), frame).errors
    ).iloc[0]
    history = pd.read_parquet(folder / HISTORY_NAME)
    config = FiguresConfig()
    save_figure(training_histories(history, config), folder / "training_history", config)
    return {
        "latent_size": settings.latent_size,
        "initial_learning_rate": settings.learning_rate,
        "last_learning_rate": float(history[tables.LEARNING_RATE].iloc[-1]),
        tables.TUMOR_RADIUS_UM: radius,
        "epochs": len(history),
        "epochs_of_protocol": settings.epochs,
        tables.TRAINING_LOSS: float(history[tables.TRAINING_LOSS].iloc[-1]),
        tables.VALIDATION_LOSS: float(history[tables.VALIDATION_LOSS].iloc[-1]),
        tables.RELATIVE_ERROR: float(errors[tables.RELATIVE_ERROR]),
        tables.RELATIVE_ERROR_TOTALS: float(errors[tables.RELATIVE_ERROR_TOTALS]),
        tables.TRAINING_CPU_S: surrogate.card.training.cpu_s,
    }


if __name__ == "__main__":
    typer.run(main)
