"""Commands of the surrogates: ``theraflow tnf predict`` and ``theraflow tnf benchmark-surrogates``.

Torch takes seconds to import, so the commands import what needs it when they run.
"""

import logging
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import pyarrow.parquet as pq
import typer

from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable, write_text_atomic
from theraflow.core.parquet import read_table, write_table
from theraflow.core.provenance import provenance
from theraflow.tnf import tables

if TYPE_CHECKING:
    from theraflow.tnf.surrogate.card import SurrogateCard

IN_PAPER = "in_paper"
_BENCHMARK_NAME = "benchmark.md"


class Architecture(StrEnum):
    """The architectures that the benchmark knows."""

    THERAFLOW = "theraflow"
    PAPER = "paper"
    GENERAL = "general"


def register(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("predict")(predict)
    app.command("benchmark-surrogates")(benchmark)


def predict(
    surrogate: Annotated[Path, typer.Option(help="Directory of a trained surrogate.")],
    period: Annotated[int, typer.Option(help="Time between the starts of two pulses, min.")],
    duration: Annotated[int, typer.Option(help="Length of a pulse, min.")],
    concentration: Annotated[float, typer.Option(help="TNF concentration of a pulse, relative.")],
    radius: Annotated[
        int | None, typer.Option(help="Initial tumour radius, um; a surrogate of one knows it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here (.parquet or .csv) instead of printing.")
    ] = None,
    extrapolate: Annotated[
        bool, typer.Option("--extrapolate", help="Admit parameters outside the training data.")
    ] = False,
) -> None:
    """Predict a trajectory of cell counts with a trained surrogate."""
    if out is not None and out.suffix not in {".parquet", ".csv"}:
        raise UserError(f"--out {out}: give a name that ends in .parquet or .csv")
    if out is not None:
        check_writable(out)

    from theraflow.tnf.surrogate.prediction import load_surrogate
    from theraflow.tnf.surrogate.prediction_table import predict_table

    model = load_surrogate(surrogate)
    radius_um = _radius_um(model.card, radius)
    table = predict_table(
        model, radius_um, period, duration, concentration, extrapolate=extrapolate
    )
    if out is None:
        shown = table.select([tables.TIME_MIN, *tables.CELL_TYPES]).to_pandas()
        typer.echo(shown.to_string(index=False))
    elif out.suffix == ".parquet":
        content = {"engine": model.label, "card": model.card.model_dump(mode="json")}
        write_table(table, out, provenance(content, ("numpy", "torch")))
    else:
        write_text_atomic(out, table.to_pandas().to_csv(index=False))


def _radius_um(card: "SurrogateCard", given: int | None) -> int:
    if given is not None:
        return given
    if card.architecture == "general":
        raise UserError("the surrogate is one of every radius; give --radius")
    return card.tumor_radii_um[0]


def benchmark(
    dataset: Annotated[Path, typer.Option(help="Parquet file of trajectories, with all radii.")],
    splits: Annotated[int, typer.Option(min=1, help="Random splits to average over.")] = 3,
    architecture: Annotated[
        Architecture, typer.Option(help="Architecture to train, with its default settings.")
    ] = Architecture.THERAFLOW,
    leave_out: Annotated[
        list[int] | None,
        typer.Option(
            help="Test the general architecture at this radius, um, but do not train on it; "
            "may be repeated."
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Passes over the training data; a small data set takes more.",
            show_default="the architecture's",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Trainings at a time, a core each.")] = 2,
    out: Annotated[
        Path | None, typer.Option(help="Directory for benchmark.md, benchmark.csv, surrogates.")
    ] = None,
) -> None:
    """Train surrogates of all radii on a data set; report their accuracy, training and speed.

    Rows with a column in_paper that is false are left out, as the paper does.
    """
    if out is not None:
        check_writable(out / _BENCHMARK_NAME)
    frame = _read_trajectories(dataset)

    from theraflow.tnf.surrogate.evaluation.benchmark import (
        benchmark_general_surrogate,
        benchmark_surrogates,
    )

    config = _benchmarked(architecture, epochs)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="theraflow-") as scratch:
        folder = out or Path(scratch)
        if architecture is Architecture.GENERAL:
            result = benchmark_general_surrogate(
                frame,
                config,
                TimingConfig(),
                splits=splits,
                workers=workers,
                output_dir=folder,
                left_out_um=leave_out or (),
            )
        elif leave_out:
            raise UserError("--leave-out: only architecture general predicts other radii")
        else:
            result = benchmark_surrogates(
                frame,
                config,
                TimingConfig(),
                splits=splits,
                workers=workers,
                output_dir=folder,
            )
    table = result.markdown()
    if out is not None:
        write_text_atomic(out / _BENCHMARK_NAME, table)
        write_text_atomic(out / "benchmark.csv", result.runs.to_csv(index=False))
    typer.echo(table)


def _benchmarked(architecture: Architecture, epochs: int | None) -> SurrogatesConfig:
    content: dict[str, Any] = {architecture.value: {} if epochs is None else {"epochs": epochs}}
    if architecture is not Architecture.GENERAL:
        content["architecture"] = architecture.value
    return SurrogatesConfig.model_validate(content)


def _read_trajectories(path: Path) -> pd.DataFrame:
    from theraflow.tnf.trajectories.reading import read_simulations

    frame = read_simulations(path)
    if IN_PAPER not in pq.read_schema(path).names:
        return frame
    in_paper = read_table(path, [IN_PAPER], "give a table of trajectories").to_pandas()[IN_PAPER]
    if in_paper.dtype != bool or not in_paper.any():
        raise UserError(
            f"{path}: the column {IN_PAPER} must be true or false in every row, and true in some; "
            "fix or drop it"
        )
    chosen: pd.DataFrame = frame[in_paper]
    return chosen
