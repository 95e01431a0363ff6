"""Error of surrogates against the number of simulations that they were trained on.

    python benchmarks/learning_curve.py DATA OUT --size 64 --size 256 --size 1024

Of each radius, nested subsets of the training simulations are learnt from; the test simulations are
always the same. Fewer simulations are passed over more often, so that every training takes as many
steps. A run that was stopped goes on when it is started again. Writes `learning_curve.csv` and the
figure to OUT.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.files import write_text_atomic
from theraflow.core.identity import derive_seed
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import panel_per_radius, rows_of_radius
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import CARD_NAME
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.split import split_by_point
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.metrics import mean_over_horizon

IN_PAPER = "in_paper"
TRAINED_ON = "training_simulations"
FEWEST_BATCHES_PER_EPOCH = 2


def main(
    dataset: Annotated[Path, typer.Argument(help="Parquet file of trajectories.")],
    out: Annotated[Path, typer.Argument(help="Folder for surrogates, table and figure.")],
    size: Annotated[list[int], typer.Option(help="Numbers of training simulations.")],
    radius: Annotated[list[int] | None, typer.Option(help="Tumour radii, um; all by default.")] = (
        None
    ),
    seed: Annotated[list[int] | None, typer.Option(help="Seeds of splits and subsets.")] = None,
) -> None:
    """Train a surrogate of every radius on every number of simulations, and on all."""
    frame = pd.read_parquet(dataset)
    frame = frame[frame[IN_PAPER]] if IN_PAPER in frame.columns else frame
    rows = []
    for number in [*sorted(size), None]:
        for split_seed in seed or [1]:
            for tumor_radius_um in radius or sorted(frame[tables.TUMOR_RADIUS_UM].unique()):
                rows.append(_row(frame, int(tumor_radius_um), number, split_seed, out))
                print(rows[-1], flush=True)
                table = pd.DataFrame(rows)
                write_text_atomic(out / "learning_curve.csv", table.to_csv(index=False))
    style.save_figure(_draw(table), out / "learning_curve", FiguresConfig())


def _row(
    frame: pd.DataFrame, tumor_radius_um: int, number: int | None, seed: int, out: Path
) -> dict[str, float]:
    """Train on ``number`` simulations, or on all of the training part; return the errors."""
    simulations = trajectories_of_radius(frame, tumor_radius_um)
    config = SurrogatesConfig(base_seed=seed)
    split = split_by_point(simulations.parameters, tumor_radius_um, config.split, seed)
    # The same order for every number, so that smaller subsets lie within larger ones.
    order = np.random.default_rng(derive_seed({"use": "learning curve", "seed": seed}))
    chosen = order.permutation(split.training)[:number]
    kept = simulations.subset(np.sort(np.concatenate([chosen, split.validation, split.test])))
    keys = [*tables.POINT_COLUMNS, tables.REPLICATE]
    rows_kept = pd.DataFrame(
        np.column_stack([kept.tumor_radii_um, kept.parameters, kept.replicates]), columns=keys
    )
    subset = frame.merge(rows_kept, on=keys)
    folder = out / f"{len(chosen)}_simulations" / f"seed_{seed}" / f"radius_{tumor_radius_um}um"
    if not (folder / CARD_NAME).exists():
        settings = config.theraflow
        batch_size = min(settings.batch_size, max(1, len(chosen) // FEWEST_BATCHES_PER_EPOCH))
        steps = settings.epochs * -(-len(split.training) // settings.batch_size)
        of_size = settings.model_copy(
            update={
                "batch_size": batch_size,
                "epochs": round(steps / -(-len(chosen) // batch_size)),
            }
        )
        train_surrogate(
            subset,
            tumor_radius_um,
            config.model_copy(update={"theraflow": of_size}),
            seed,
            folder,
            design=simulations.parameters,
            show_progress=False,
        )
    surrogate = load_surrogate(folder)
    errors = evaluate_surrogate(surrogate, read_split(folder), subset).errors
    (mean,) = mean_over_horizon(errors).to_dict("records")
    return {
        tables.TUMOR_RADIUS_UM: tumor_radius_um,
        TRAINED_ON: len(chosen),
        "seed": seed,
        tables.RELATIVE_ERROR: mean[tables.RELATIVE_ERROR],
        tables.RELATIVE_ERROR_TOTALS: mean[tables.RELATIVE_ERROR_TOTALS],
        tables.TRAINING_CPU_S: surrogate.card.training.cpu_s,
    }


def _draw(table: pd.DataFrame) -> Figure:
    with style.style():
        figure, panels = panel_per_radius(table, FiguresConfig())
        for radius, panel in panels.items():
            of_radius = rows_of_radius(table, radius)
            mean = of_radius.groupby(TRAINED_ON)[tables.RELATIVE_ERROR].mean()
            panel.plot(of_radius[TRAINED_ON], of_radius[tables.RELATIVE_ERROR], ".", c=style.GREY)
            panel.plot(mean.index, mean, color=style.BLUE)
            panel.set(xscale="log", xlabel="training simulations", ylabel="relative error (%)")
            panel.set_xticks(mean.index, [f"{number:,}" for number in mean.index], minor=False)
            panel.minorticks_off()
            panel.set_ylim(bottom=0)
    return figure


if __name__ == "__main__":
    typer.run(main)
