"""Commands of the TNF study: ``theraflow tnf ...``.

What takes long to import is imported by the commands that need it.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theraflow.cli.tnf import snapshots as tumour_snapshots
from theraflow.cli.tnf import surrogate, treatment
from theraflow.cli.tnf.engine_options import (
    BirthRateOption,
    ContainerOption,
    DimensionOption,
    EngineName,
    EngineOption,
    ExecutableOption,
    KeepFoldersOption,
    LogFolderOption,
    MappingOption,
    ModelFileOption,
    NetworkConfigOption,
    NetworkOption,
    ScratchOption,
    SettingsOption,
    ThreadsOption,
    TimeLimitOption,
    TimeStepsOption,
    engine_config,
    make_simulator,
    parse_mapping,
)
from theraflow.cli.tnf.snapshots import (
    MultiCellDsOption,
    SnapshotsOption,
    check_export,
    read_times,
    recording,
)
from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable
from theraflow.work.status import Status

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="The spheroid under pulsed TNF.", no_args_is_help=True)
surrogate.register(app)
treatment.register(app)
tumour_snapshots.register(app)

# Of the verdicts of a comparison; 2 is an error of the user.
_EXIT_CODES = {"agree": 0, "differ": 1, "not enough data": 3}


SeedOption = Annotated[int, typer.Option(min=0, help="Seed from which all others derive.")]
WorkersOption = Annotated[
    int, typer.Option(min=1, help="Worker processes.", show_default="all cores")
]
# Not those of the machine: a job may use those that it was given.
ALL_CORES = len(os.sched_getaffinity(0))


@app.command()
def simulate(
    radius: Annotated[int, typer.Option(help="Initial tumour radius, um.")],
    period: Annotated[int, typer.Option(help="Time between the starts of two pulses, min.")],
    duration: Annotated[int, typer.Option(help="Length of a pulse, min.")],
    concentration: Annotated[float, typer.Option(help="TNF concentration of a pulse, relative.")],
    out: Annotated[Path, typer.Option(help="Trajectory table to write (.parquet).")],
    replicates: Annotated[int, typer.Option(min=1, help="Independent repetitions.")] = 1,
    horizon: Annotated[int, typer.Option(help="Simulated time, min.")] = DEFAULT_HORIZON_MIN,
    seed: SeedOption = 1,
    engine: EngineOption = EngineName.EMBEDDED,
    dimension: DimensionOption = None,
    time_steps: TimeStepsOption = None,
    model_file: ModelFileOption = None,
    birth_rate: BirthRateOption = None,
    executable: ExecutableOption = None,
    settings: SettingsOption = None,
    network_file: NetworkOption = None,
    network_config_file: NetworkConfigOption = None,
    container: ContainerOption = None,
    threads: ThreadsOption = None,
    time_limit: TimeLimitOption = None,
    scratch_folder: ScratchOption = None,
    log_folder: LogFolderOption = None,
    keep_folders: KeepFoldersOption = False,
    mapping: MappingOption = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw it beside the table.")] = False,
    snapshots: SnapshotsOption = None,
    multicellds: MultiCellDsOption = None,
    workers: WorkersOption = ALL_CORES,
) -> None:
    """Simulate a spheroid under pulsed TNF, with the embedded engine or PhysiBoSS.

    With --snapshots, cells and TNF field at these times come into tables of their own, OUT with
    the ends .cells.parquet and .field.parquet; with --multicellds, in PhysiCell's format as well.
    """
    if out.suffix != ".parquet":
        raise UserError(f"--out {out}: give a name that ends in .parquet")
    snapshot_times_min = read_times(snapshots, horizon, engine)
    check_export(multicellds, snapshot_times_min)
    check_writable(out)

    from theraflow.config.tnf.study import BatchesConfig
    from theraflow.core.parquet import write_table
    from theraflow.core.provenance import provenance
    from theraflow.tnf.campaign.batch_files import read_ledger_of_batch, read_trajectories_of_batch
    from theraflow.tnf.campaign.batch_simulation import simulate_batch
    from theraflow.tnf.campaign.batches import Batch
    from theraflow.tnf.engine.check import check_engine_config
    from theraflow.tnf.engine.fingerprint import engine_provenance
    from theraflow.tnf.simulation import ParameterPoint, plan_simulation
    from theraflow.tnf.snapshots.multicellds import export_multicellds
    from theraflow.tnf.snapshots.recording import join_snapshots
    from theraflow.tnf.snapshots.tables import snapshot_paths
    from theraflow.work.failure_budget import FailureBudget
    from theraflow.work.job import Job
    from theraflow.work.ledger import schema
    from theraflow.work.ledger.files import ledger_path

    point = ParameterPoint(radius, period, duration, concentration)
    simulations = [
        plan_simulation(point, replicate, seed, horizon_min=horizon)
        for replicate in range(replicates)
    ]
    config = engine_config(
        engine,
        common={"dimension": dimension},
        embedded={"time_steps": time_steps and str(time_steps), "model_file": model_file},
        physiboss={
            "executable": executable,
            "settings": settings,
            "network_file": network_file,
            "network_config_file": network_config_file,
            "container": container,
            "threads": threads,
            "time_limit_min": time_limit,
            "scratch_folder": scratch_folder,
            "log_folder": log_folder,
            "keep_folders": keep_folders,
            "mapping": parse_mapping(mapping),
        },
    )
    check_engine_config(config, [radius])
    simulator = make_simulator(config, birth_rate)
    with TemporaryDirectory(prefix=".theraflow-", dir=out.parent) as folder:
        file = Path(folder) / out.name
        recorder = recording(simulator, snapshot_times_min, Path(folder))
        every_failure = BatchesConfig(max_failed_fraction=1.0)
        no_budget = FailureBudget(Path(folder) / "failures", None, "")
        simulate_batch(
            Batch(radius, out.stem, simulations),
            recorder or simulator,
            file,
            Job.here(),
            every_failure,
            no_budget,
            workers=workers,
        )
        trajectories, ledger = read_trajectories_of_batch(file), read_ledger_of_batch(file)
        content = {"engine": simulator.label, "base_seed": seed, **engine_provenance(config)}
        origin = provenance(content, ("numba", "numpy"))
        if recorder:
            join_snapshots(simulations, recorder, snapshot_paths(out), origin)
            if multicellds:
                export_multicellds(snapshot_paths(out), recorder.engine.model, multicellds)
    write_table(trajectories, out, origin)
    write_table(ledger, ledger_path(out), origin)
    failures = [row for row in ledger.to_pylist() if row[schema.STATUS] != Status.OK]
    if failures:
        raise UserError(
            f"{len(failures)} of {replicates} simulations have no result, the first "
            f"{failures[0][schema.STATUS]}: {failures[0][schema.REASON]}; all are in "
            f"{ledger_path(out)}, and the others in {out}"
        )
    typer.echo(f"{out}: {replicates} simulations of {horizon // 60} h")
    typer.echo(_cells_at_the_end(trajectories.to_pandas()))
    if plot:
        from theraflow.config.figures import FiguresConfig
        from theraflow.report.figures.style import save_figure
        from theraflow.report.figures.tnf.trajectories import simulated_trajectories

        looks = FiguresConfig()
        figure = simulated_trajectories(trajectories.to_pandas(), looks)
        save_figure(figure, out.with_suffix(""), looks)
        typer.echo(", ".join(str(out.with_suffix(f".{name}")) for name in looks.formats))


def _cells_at_the_end(frame: "pd.DataFrame") -> str:
    """Tell means and ranges of the counts of the last hour."""
    from theraflow.tnf import tables

    last = frame[frame[tables.TIME_MIN] == frame[tables.TIME_MIN].max()]
    counts = (
        f"{name} {last[name].mean():.1f} ({last[name].min()} to {last[name].max()})"
        for name in tables.CELL_TYPES
    )
    return f"cells at the end, mean (range): {', '.join(counts)}"


@app.command()
def check_engine(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Config files; each overrides those before, as in `config check`."),
    ] = None,
) -> None:
    """Run the configured engine for a moment, and report what is wrong with it."""
    from theraflow.config.load import load_study
    from theraflow.tnf.engine.check import check_engine_config
    from theraflow.tnf.engine.smoke_run import check_engine as run_for_a_moment

    tnf = load_study(*(files or ())).tnf
    check_engine_config(tnf.engine, tnf.tumor_radii_um)
    typer.echo(run_for_a_moment(tnf.engine, min(tnf.tumor_radii_um)))


@app.command()
def validate(
    reference: Annotated[Path, typer.Option(help="Trajectory table of another simulator.")],
    radius: Annotated[
        list[int] | None, typer.Option(help="Compare this radius only, um; may be repeated.")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Simulations of each point that the reference repeats.",
            show_default="as tnf.validation.replicates",
        ),
    ] = None,
    points: Annotated[
        int, typer.Option(min=2, help="Points per radius, where the reference repeats none.")
    ] = 100,
    seed: SeedOption = 1,
    dimension: DimensionOption = None,
    time_steps: TimeStepsOption = None,
    model_file: ModelFileOption = None,
    birth_rate: BirthRateOption = None,
    workers: WorkersOption = ALL_CORES,
) -> None:
    """Test whether the embedded engine agrees with a trajectory table.

    Exit code 0 when they agree, 1 when they differ, 3 when there are not enough data to say. The
    table may have single simulations, as the published data set does, which grows as with a birth
    rate of 0.000712 (see docs/engine.md).
    """
    from theraflow.config.tnf.agreement import MarginsConfig, ValidationConfig
    from theraflow.tnf import tables
    from theraflow.tnf.agreement.reference import compare_with_reference
    from theraflow.tnf.agreement.words import in_words
    from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS
    from theraflow.tnf.trajectories.reading import read_trajectories

    frame = read_trajectories(reference, REQUIRED_COLUMNS)
    if radius:
        known = sorted(frame[tables.TUMOR_RADIUS_UM].unique().tolist())
        for wanted in radius:
            if wanted not in known:
                raise UserError(f"--radius {wanted}: {reference} has only the radii {known}")
        frame = frame[frame[tables.TUMOR_RADIUS_UM].isin(radius)]
    config = engine_config(
        EngineName.EMBEDDED,
        common={"dimension": dimension},
        embedded={"time_steps": time_steps and str(time_steps), "model_file": model_file},
        physiboss={},
    )
    comparison = compare_with_reference(
        (reference.stem, frame),
        make_simulator(config, birth_rate),
        MarginsConfig(),
        replicates=replicates or ValidationConfig().replicates,
        points=points,
        base_seed=seed,
        workers=workers,
    )
    typer.echo(in_words(comparison).strip())
    raise typer.Exit(_EXIT_CODES[comparison.verdict])


@app.command()
def validate_engines(
    out: Annotated[Path, typer.Option(help="Folder for tables, verdict and figure.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Config files; `tnf.engine` and `tnf.validation` say what to compare."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Trajectory table, instead of a second engine.")
    ] = None,
    radius: Annotated[
        list[int] | None, typer.Option(help="Compare this radius only, um; may be repeated.")
    ] = None,
    points: Annotated[int | None, typer.Option(help="Parameter points per radius.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Simulations of each point.")] = None,
    workers: WorkersOption = ALL_CORES,
) -> None:
    """Test whether two engines agree, or an engine and a table.

    Exit code 0 when they agree, 1 when they differ, 3 when there are not enough data to say.
    """
    check_writable(out / "verdict.md")

    from theraflow.config.load import load_study
    from theraflow.core.provenance import provenance
    from theraflow.report.catalogue.tnf import TNF_FIGURES
    from theraflow.report.figures.tnf.conventions import space_of
    from theraflow.report.figures.write import write_figure
    from theraflow.tnf.agreement.comparison import compare
    from theraflow.tnf.agreement.files import write_comparison
    from theraflow.tnf.agreement.plan import (
        plan_validation_batches,
        read_reference,
        validation_engines,
    )
    from theraflow.tnf.agreement.words import in_words
    from theraflow.tnf.engine.make import make_engine
    from theraflow.tnf.engine.simulate import simulate_table

    given = {"reference_file": reference, "points": points, "replicates": replicates}
    options: dict[str, Any] = {
        "validation": {key: value for key, value in given.items() if value is not None}
    }
    if radius:
        options["tumor_radii_um"] = radius
    study = load_study(*(files or ()), {"tnf": options})
    samples = []
    for config in validation_engines(study.tnf):
        engine = make_engine(config)
        batches = plan_validation_batches(study.tnf, config)
        simulations = [simulation for batch in batches for simulation in batch.simulations]
        samples.append((engine.label, simulate_table(simulations, engine, workers)))
    if study.tnf.validation.reference_file is not None:
        samples.append((study.tnf.validation.reference_file.stem, read_reference(study.tnf)))
    (own_name, own), (other_name, other) = samples
    comparison = compare(other, own, (other_name, own_name), study.tnf.validation.margins)
    origin = provenance({"config": study.model_dump(mode="json")}, ("numpy", "scipy"))
    tables = write_comparison(comparison, out, origin)
    figure = TNF_FIGURES["engine_comparison"]
    space = space_of(study.tnf.engine.dimension)
    drawn_from = {name: [tables[name]] for name in figure.tables}
    write_figure(figure, drawn_from, out / figure.id, study.tnf.figures, space)
    typer.echo(in_words(comparison).strip())
    raise typer.Exit(_EXIT_CODES[comparison.verdict])
