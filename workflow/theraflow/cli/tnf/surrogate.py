"""Commands of the surrogates: ``theraflow tnf predict`` and ``theraflow tnf benchmark-surrogates``.

Torch takes seconds to import, and pandas half a second, so the commands import what they need when
they run.
"""

import logging
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theraflow.core.errors import UserError
from theraflow.core.files import check_writable, write_text_atomic

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from theraflow.config.tnf.surrogates import SurrogatesConfig
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
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw it with its intervals, beside the table.")
    ] = False,
    extrapolate: Annotated[
        bool, typer.Option("--extrapolate", help="Admit parameters outside the training data.")
    ] = False,
) -> None:
    """Predict a trajectory of cell counts with a trained surrogate.

    A general surrogate with a calibrated ensemble also tells intervals: those at the end are
    printed, and with --out all of them are written beside the trajectory.
    """
    if out is not None and out.suffix not in {".parquet", ".csv"}:
        raise UserError(f"--out {out}: give a name that ends in .parquet or .csv")
    if plot and out is None:
        raise UserError("--plot: give --out as well, as the figure is drawn beside the table")
    if out is not None:
        check_writable(out)

    import pyarrow as pa

    from theraflow.tnf import tables
    from theraflow.tnf.surrogate.prediction import load_surrogate
    from theraflow.tnf.surrogate.prediction_table import predict_table
    from theraflow.tnf.surrogate.uncertainty.ensemble import (
        has_intervals,
        load_calibrated_surrogate,
    )
    from theraflow.tnf.surrogate.uncertainty.interval_table import interval_table

    model = load_surrogate(surrogate)
    radius_um = _radius_um(model.card, radius)
    treatment = (radius_um, period, duration, concentration)
    table = predict_table(model, *treatment, extrapolate=extrapolate)
    intervals = None
    if plot or has_intervals(surrogate):
        intervals = interval_table(
            load_calibrated_surrogate(surrogate), *treatment, extrapolate=extrapolate
        )
    if out is None:
        shown = table.select([tables.TIME_MIN, *tables.CELL_TYPES]).to_pandas()
        typer.echo(shown.to_string(index=False))
    else:
        content = {"engine": model.label, "card": model.card.model_dump(mode="json")}
        _write(table, out, content)
    if intervals is not None:
        typer.echo(_intervals_at_the_end(intervals))
    if intervals is not None and out is not None:
        beside = out.with_name(f"{out.stem}.intervals{out.suffix}")
        written = intervals.astype(
            dict.fromkeys((*tables.POINT_COLUMNS[:3], tables.TIME_MIN), "int32")
        )
        _write(pa.Table.from_pandas(written, tables.INTERVALS_SCHEMA), beside, content)
        typer.echo(f"{beside}: all intervals")
    if plot and intervals is not None and out is not None:
        _draw(intervals, out.with_suffix(""))


def _write(table: "pa.Table", file: Path, content: Mapping[str, Any]) -> None:
    from theraflow.core.parquet import write_table
    from theraflow.core.provenance import provenance

    if file.suffix == ".parquet":
        write_table(table, file, provenance(content, ("numpy", "torch")))
    else:
        write_text_atomic(file, table.to_pandas().to_csv(index=False))


def _intervals_at_the_end(intervals: "pd.DataFrame") -> str:
    """Lay the intervals of the last hour out, a row per cell type and a column per interval."""
    import pandas as pd

    from theraflow.tnf import tables

    last = intervals[intervals[tables.TIME_MIN] == intervals[tables.TIME_MIN].max()]
    rows: dict[str, dict[str, str]] = {name: {} for name in tables.CELL_TYPES}
    for row in last.to_dict("records"):
        cells = rows[row[tables.CELL_TYPE]]
        cells["predicted mean"] = f"{row[tables.PREDICTED_MEAN]:.1f}"
        name = f"{row[tables.LEVEL]:g} % of {row[tables.INTERVAL_OF]}"
        cells[name] = f"{row[tables.LOWER]:.1f} .. {row[tables.UPPER]:.1f}"
    table = pd.DataFrame.from_dict(rows, orient="index").to_string()
    hours = last[tables.TIME_MIN].iloc[0] // 60
    return f"Intervals after {hours} h (cells)\n{table}"


def _draw(intervals: "pd.DataFrame", base_path: Path) -> None:
    from theraflow.config.figures import FiguresConfig
    from theraflow.report.figures.style import save_figure
    from theraflow.report.figures.tnf.intervals import predicted_intervals

    looks = FiguresConfig()
    save_figure(predicted_intervals(intervals, looks), base_path, looks)
    typer.echo(", ".join(str(base_path.with_suffix(f".{name}")) for name in looks.formats))


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

    from theraflow.config.tnf.evaluation import TimingConfig
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


def _benchmarked(architecture: Architecture, epochs: int | None) -> "SurrogatesConfig":
    from theraflow.config.tnf.surrogates import SurrogatesConfig

    content: dict[str, Any] = {architecture.value: {} if epochs is None else {"epochs": epochs}}
    if architecture is not Architecture.GENERAL:
        content["architecture"] = architecture.value
    return SurrogatesConfig.model_validate(content)


def _read_trajectories(path: Path) -> "pd.DataFrame":
    import pyarrow.parquet as pq

    from theraflow.core.parquet import read_table
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
