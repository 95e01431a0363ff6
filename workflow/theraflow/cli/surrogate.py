"""Commands of the surrogates: ``theraflow tnf predict`` and ``theraflow tnf benchmark-surrogates``.

Torch takes seconds to import, so the commands import what needs it when they run.
"""

import logging
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pandas as pd
import pyarrow.parquet as pq
import typer

from theraflow.campaign import tables
from theraflow.campaign.files import atomic_path, write_text_atomic
from theraflow.campaign.parquet import read_table
from theraflow.config.evaluation import TimingConfig
from theraflow.config.surrogates import SurrogatesConfig
from theraflow.errors import UserError

IN_PAPER = "in_paper"


class Architecture(StrEnum):
    """The architectures that the benchmark knows."""

    THERAFLOW = "theraflow"
    PAPER = "paper"


def register(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("predict")(predict)
    app.command("benchmark-surrogates")(benchmark_surrogates)


def predict(
    surrogate: Annotated[Path, typer.Option(help="Directory of a trained surrogate.")],
    period: Annotated[float, typer.Option(help="Time between the starts of two pulses, min.")],
    duration: Annotated[float, typer.Option(help="Length of a pulse, min.")],
    concentration: Annotated[float, typer.Option(help="TNF concentration of a pulse, relative.")],
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

    from theraflow.tnf.engines import OUTPUT_TIMES_MIN
    from theraflow.tnf.surrogate.prediction import load_surrogate

    model = load_surrogate(surrogate)
    counts = model.predict([[period, duration, concentration]], extrapolate=extrapolate)[0]
    trajectory = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: model.card.tumor_radius_um,
            tables.PULSE_PERIOD_MIN: period,
            tables.PULSE_DURATION_MIN: duration,
            tables.TNF_CONCENTRATION: concentration,
            tables.TIME_MIN: OUTPUT_TIMES_MIN,
            **{name: counts[:, index] for index, name in enumerate(tables.CELL_TYPES)},
        }
    )
    if out is None:
        columns = [tables.TIME_MIN, *tables.CELL_TYPES]
        typer.echo(trajectory[columns].to_string(index=False, float_format="{:.1f}".format))
        return
    with atomic_path(out) as temporary:
        if out.suffix == ".parquet":
            trajectory.to_parquet(temporary, index=False)
        else:
            trajectory.to_csv(temporary, index=False)


def benchmark_surrogates(
    dataset: Annotated[Path, typer.Option(help="Parquet file of trajectories, with all radii.")],
    splits: Annotated[int, typer.Option(min=1, help="Random splits to average over.")] = 3,
    architecture: Annotated[
        Architecture, typer.Option(help="Architecture to train, with its default settings.")
    ] = Architecture.THERAFLOW,
    workers: Annotated[int, typer.Option(min=1, help="Trainings at a time, a core each.")] = 2,
    out: Annotated[
        Path | None, typer.Option(help="Directory for benchmark.md, benchmark.csv, surrogates.")
    ] = None,
) -> None:
    """Train surrogates of all radii on a data set; report their accuracy, training and speed.

    Rows with a column in_paper that is false are left out, as the paper does.
    """
    frame = _read_trajectories(dataset)

    from theraflow.tnf.surrogate import benchmark

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="theraflow-") as scratch:
        result = benchmark.benchmark_surrogates(
            frame,
            SurrogatesConfig(architecture=architecture.value),
            TimingConfig(),
            splits=splits,
            workers=workers,
            output_dir=out or Path(scratch),
        )
    table = result.markdown()
    if out is not None:
        write_text_atomic(out / "benchmark.md", table)
        write_text_atomic(out / "benchmark.csv", result.runs.to_csv(index=False))
    typer.echo(table)


def _read_trajectories(path: Path) -> pd.DataFrame:
    columns = [*tables.POINT_COLUMNS, tables.REPLICATE, tables.TIME_MIN, *tables.CELL_TYPES]
    remedy = "give a data set of TNF trajectories"
    trajectories = read_table(path, columns, remedy)
    if IN_PAPER in pq.read_schema(path).names:
        in_paper = read_table(path, [IN_PAPER], remedy)[IN_PAPER]
        trajectories = trajectories.filter(in_paper)
    frame: pd.DataFrame = trajectories.to_pandas()
    return frame
