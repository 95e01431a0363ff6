"""Commands of the TNF study: ``theraflow tnf ...``.

What takes long to import is imported by the commands that need it.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli import surrogate
from theraflow.config.tnf import EngineConfig
from theraflow.errors import UserError

if TYPE_CHECKING:
    from theraflow.tnf.embedded.engine import EmbeddedEngine

app = typer.Typer(help="The spheroid under pulsed TNF.", no_args_is_help=True)
surrogate.register(app)

_DISAGREES = 1


class TimeSteps(StrEnum):
    """The time steps of the embedded engine."""

    EXACT = "exact"
    FAST = "fast"


TimeStepsOption = Annotated[TimeSteps, typer.Option(help="Time steps of the engine.")]
BirthRateOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="Birth rate instead of the model's, 1/min; 0.000712 for the published data set.",
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed from which all others derive.")]
WorkersOption = Annotated[
    int, typer.Option(min=1, help="Worker processes.", show_default="all cores")
]
ALL_CORES = os.cpu_count() or 1


@app.command()
def simulate(
    radius: Annotated[int, typer.Option(help="Initial tumour radius, um.")],
    period: Annotated[int, typer.Option(help="Time between the starts of two pulses, min.")],
    duration: Annotated[int, typer.Option(help="Length of a pulse, min.")],
    concentration: Annotated[float, typer.Option(help="TNF concentration of a pulse, relative.")],
    out: Annotated[Path, typer.Option(help="Trajectory table to write (.parquet).")],
    replicates: Annotated[int, typer.Option(min=1, help="Independent repetitions.")] = 1,
    seed: SeedOption = 1,
    time_steps: TimeStepsOption = TimeSteps.FAST,
    birth_rate: BirthRateOption = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw it beside the table.")] = False,
    workers: WorkersOption = ALL_CORES,
) -> None:
    """Simulate a spheroid under pulsed TNF for 24 hours with the embedded engine."""
    if out.suffix != ".parquet":
        raise UserError(f"--out {out}: give a name that ends in .parquet")

    import pandas as pd
    import pyarrow as pa

    from theraflow.campaign.parquet import write_table
    from theraflow.campaign.tables import TRAJECTORY_SCHEMA
    from theraflow.tnf.engines import simulate_all, trajectory_table
    from theraflow.tnf.simulation import ParameterPoint, plan_simulation

    point = ParameterPoint(radius, period, duration, concentration)
    simulations = [plan_simulation(point, replicate, seed) for replicate in range(replicates)]
    engine = _engine(time_steps, birth_rate)
    counts = simulate_all(simulations, engine, workers)
    frame = pd.concat(
        [trajectory_table(*pair, engine) for pair in zip(simulations, counts, strict=True)]
    )
    table = pa.Table.from_pandas(frame, TRAJECTORY_SCHEMA, preserve_index=False)
    write_table(table, out, {"engine": engine.label, "base_seed": seed})
    typer.echo(f"{out}: {replicates} simulations of {len(counts[0]) - 1} h")
    if plot:
        from theraflow.config.figures import FiguresConfig
        from theraflow.figures.style import save_figure
        from theraflow.figures.tnf import simulated_trajectories

        config = FiguresConfig()
        save_figure(simulated_trajectories(frame, config), out.with_suffix(""), config)
        typer.echo(", ".join(str(out.with_suffix(f".{name}")) for name in config.formats))


@app.command()
def validate(
    reference: Annotated[Path, typer.Option(help="Trajectory table of another simulator.")],
    radius: Annotated[
        list[int] | None, typer.Option(help="Compare this radius only, um; may be repeated.")
    ] = None,
    seed: SeedOption = 1,
    time_steps: TimeStepsOption = TimeSteps.FAST,
    birth_rate: BirthRateOption = None,
    workers: WorkersOption = ALL_CORES,
) -> None:
    """Hold the embedded engine against reference data; exit code 1 when they disagree.

    Points with several replicates are compared by their means, points with one run in pairs. The
    published data set grows as with a birth rate of 0.000712 (see docs/engine.md).
    """
    from theraflow.campaign import tables
    from theraflow.tnf.dataset import read_trajectories
    from theraflow.tnf.validation import validate as compare

    columns = (*tables.POINT_COLUMNS, tables.REPLICATE, tables.TIME_MIN, *tables.CELL_TYPES)
    frame = read_trajectories(reference, columns)
    if radius:
        known = sorted(frame[tables.TUMOR_RADIUS_UM].unique().tolist())
        for wanted in radius:
            if wanted not in known:
                raise UserError(f"--radius {wanted}: {reference} has only the radii {known}")
        frame = frame[frame[tables.TUMOR_RADIUS_UM].isin(radius)]
    checks = compare(frame, _engine(time_steps, birth_rate), seed, workers)
    typer.echo(f"{'radius':>6}  {'quantity':<54} {'value':>8}  range")
    for check in checks:
        verdict = "agrees" if check.agrees else "DISAGREES"
        typer.echo(
            f"{check.tumor_radius_um:>6}  {check.quantity:<54} {check.value:>8.2f}  "
            f"{check.lowest:g} .. {check.highest:g}: {verdict}"
        )
    if not all(check.agrees for check in checks):
        raise typer.Exit(_DISAGREES)


def _engine(time_steps: TimeSteps, birth_rate: float | None) -> "EmbeddedEngine":
    from theraflow.tnf.engines import make_embedded_engine

    engine = make_embedded_engine(EngineConfig(time_steps=time_steps.value))
    return engine if birth_rate is None else engine.with_birth_rate(birth_rate)
