"""The paper's LSTM at several widths and learning rates, by the paper's protocol and split.

A width that would take longer than the limit is trained for as many epochs as fit into it; they are
the first ones of the full training. A run that was stopped goes on from its checkpoint when it is
started again. Rows are printed, and written with a figure of the losses to the output folder.

    python benchmarks/paper_architecture.py DATA OUT --width 100 --learning-rate 1e-6
"""

import time
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import typer
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.surrogates import PaperArchitectureConfig, SplitConfig, SurrogatesConfig
from theraflow.core.files import write_text_atomic
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import PANEL_HEIGHT_MM, legend_above, line
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
PROTOCOL: Final = PaperArchitectureConfig()
TIMED_EPOCHS: Final = 2
RATE: Final = "initial_learning_rate"
WIDTH: Final = "latent_size"
COLOURS: Final = (style.BLUE, style.ORANGE, style.PURPLE, style.GREEN)


def main(
    dataset: Annotated[Path, typer.Argument(help="Parquet file of trajectories.")],
    out: Annotated[Path, typer.Argument(help="Folder for surrogates, rows and curves.")],
    width: Annotated[list[int], typer.Option(help="Widths of the LSTM's state.")],
    learning_rate: Annotated[list[float], typer.Option(help="Initial learning rates.")],
    radius: Annotated[int, typer.Option(help="Tumour radius, um.")] = 100,
    epochs: Annotated[int, typer.Option(help="Most epochs of a training.")] = PROTOCOL.epochs,
    limit_s: Annotated[float, typer.Option(help="Longest training, wall time.")] = 3600.0,
    threads: Annotated[int, typer.Option(help="Threads of a training.")] = 1,
) -> None:
    """Train every combination, one after the other, and print a row of each."""
    frame = pd.read_parquet(dataset)
    frame = frame[frame[IN_PAPER]] if IN_PAPER in frame.columns else frame
    rows, histories = [], []
    for rate in learning_rate:
        for latent_size in width:
            settings = PaperArchitectureConfig(
                latent_size=latent_size, learning_rate=rate, epochs=epochs
            )
            folder = out / f"width_{latent_size}_rate_{rate:g}_radius_{radius}um"
            if not (folder / CARD_NAME).exists():
                _train(frame, radius, settings, folder, limit_s, threads)
            history = pd.read_parquet(folder / HISTORY_NAME)
            histories.append(history.assign(**{RATE: rate, WIDTH: latent_size}))
            rows.append(_row(frame, radius, settings, folder, history))
            table = pd.DataFrame(rows)
            write_text_atomic(out / "paper_architecture.csv", table.to_csv(index=False))
            print(table.tail(1).to_string(index=False), flush=True)
    config = FiguresConfig()
    style.save_figure(_losses(pd.concat(histories), config), out / "paper_architecture", config)


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
    frame: pd.DataFrame,
    radius: int,
    settings: PaperArchitectureConfig,
    folder: Path,
    history: pd.DataFrame,
) -> dict[str, float | int]:
    surrogate = load_surrogate(folder)
    errors = mean_over_horizon(
        evaluate_surrogate(surrogate, read_split(folder), frame).errors
    ).iloc[0]
    last = history.iloc[-1]
    return {
        WIDTH: settings.latent_size,
        RATE: settings.learning_rate,
        "last_learning_rate": float(last[tables.LEARNING_RATE]),
        tables.TUMOR_RADIUS_UM: radius,
        "epochs": len(history),
        tables.TRAINING_LOSS: float(last[tables.TRAINING_LOSS]),
        tables.VALIDATION_LOSS: float(last[tables.VALIDATION_LOSS]),
        tables.RELATIVE_ERROR: float(errors[tables.RELATIVE_ERROR]),
        tables.RELATIVE_ERROR_TOTALS: float(errors[tables.RELATIVE_ERROR_TOTALS]),
        tables.TRAINING_CPU_S: surrogate.card.training.cpu_s,
    }


def _losses(histories: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the losses over the epochs: a panel per learning rate, a colour per width."""
    rates = sorted(histories[RATE].unique())
    colours = dict(zip(sorted(histories[WIDTH].unique()), COLOURS, strict=False))
    with style.style():
        figure, [panels] = style.new_figure(config, 1, len(rates), PANEL_HEIGHT_MM, sharey=True)
        for rate, panel in zip(rates, panels, strict=True):
            for width, history in histories[histories[RATE] == rate].groupby(WIDTH):
                epochs, colour = history[tables.EPOCH], colours[width]
                panel.plot(epochs, history[tables.TRAINING_LOSS], color=colour, lw=0.8)
                panel.plot(epochs, history[tables.VALIDATION_LOSS], color=colour, ls="--", lw=0.8)
            panel.set(xscale="log", yscale="log", xlabel="epoch")
            panel.set_title(f"initial learning rate {rate:.0e}")
        panels[0].set_ylabel("loss, eq. 2 (no unit)")
        legend_above(
            figure,
            [
                *(line(colour, label=f"width {width}") for width, colour in colours.items()),
                line(style.BLACK, label="training, teacher forced"),
                line(style.BLACK, "--", label="validation, free running"),
            ],
        )
    return figure


if __name__ == "__main__":
    typer.run(main)
