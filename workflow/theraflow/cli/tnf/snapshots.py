"""Looking at tumours: ``theraflow tnf simulate --snapshots`` and ``theraflow tnf plot-tumour``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from theraflow.cli.tnf.engine_options import EngineName
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

if TYPE_CHECKING:
    import pandas as pd

    from theraflow.tnf.engine.interface import Engine
    from theraflow.tnf.snapshots.recording import RecordingEngine

IMAGES: Final = ("png", "svg", "pdf")
# What writes a film of each kind.
FILMS: Final = {"gif": "pillow", "mp4": "ffmpeg"}

SnapshotsOption = Annotated[
    str | None,
    typer.Option(help="Times at which cells and TNF field are written, min: 0,360,720,1440."),
]
MultiCellDsOption = Annotated[
    Path | None,
    typer.Option(
        help="New folder for the snapshots in MultiCellDS, as the tools of PhysiCell read it; with "
        "replicates, one folder in it for each."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("plot-tumour")(plot_tumour)


def plot_tumour(
    trajectories: Annotated[
        Path, typer.Argument(help="Table that `theraflow tnf simulate --snapshots` has written.")
    ],
    out: Annotated[
        Path, typer.Option(help="Frames as .png, .svg or .pdf; a film as .gif or .mp4.")
    ],
    replicate: Annotated[int, typer.Option(min=0, help="Which repetition.")] = 0,
    frames_per_second: Annotated[int, typer.Option(min=1, help="Speed of a film.")] = 4,
) -> None:
    """Draw the snapshots of a simulated tumour: cells by phase, and the TNF around them."""
    kind = out.suffix.removeprefix(".")
    if kind not in (*IMAGES, *FILMS):
        known = ", ".join(f".{name}" for name in (*IMAGES, *FILMS))
        raise UserError(f"--out {out}: give a name that ends in one of {known}")
    check_writable(out)

    from matplotlib.animation import writers

    from theraflow.config.figures import FiguresConfig
    from theraflow.core.files import atomic_path
    from theraflow.report.figures.style import save_figure
    from theraflow.report.figures.tnf.tumour import animate_tumour, tumour_frames

    cells, field = _snapshots_of(trajectories, replicate)
    if kind in IMAGES:
        looks = FiguresConfig.model_validate({"formats": [kind]})
        save_figure(tumour_frames(cells, field, looks), out.with_suffix(""), looks)
    else:
        if not writers.is_available(FILMS[kind]):
            raise UserError(f"--out {out}: needs the program {FILMS[kind]}; install it, or .gif")
        writer = writers[FILMS[kind]](fps=frames_per_second)
        with atomic_path(out) as temporary:
            animate_tumour(cells, field, temporary, writer, FiguresConfig())
    typer.echo(out)


def _snapshots_of(trajectories: Path, replicate: int) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    from theraflow.core.parquet import read_table
    from theraflow.tnf.snapshots.tables import CELLS, FIELD, SNAPSHOT_TABLES, snapshot_paths
    from theraflow.tnf.tables import REPLICATE, SIMULATION_ID

    remedy = "give the table that `theraflow tnf simulate --snapshots` has written"
    frames = {
        name: read_table(path, SNAPSHOT_TABLES[name].names, remedy).to_pandas()
        for name, path in snapshot_paths(trajectories).items()
    }
    known = sorted(frames[FIELD][REPLICATE].unique().tolist())
    if replicate not in known:
        raise UserError(f"--replicate {replicate}: {trajectories} has only the replicates {known}")
    cells, field = (
        frame[frame[REPLICATE] == replicate] for frame in (frames[CELLS], frames[FIELD])
    )
    counted = read_table(trajectories, [SIMULATION_ID], remedy)[SIMULATION_ID].to_pylist()
    if field[SIMULATION_ID].iloc[0] not in counted:
        raise UserError(
            f"{trajectories}: the snapshots beside it are of an earlier simulation; simulate "
            "again, with --snapshots"
        )
    return cells, field


def read_times(text: str | None, horizon_min: int, engine: EngineName) -> tuple[int, ...]:
    """Read the times of snapshots (min), in rising order; none for None.

    Raises ``UserError`` for anything but whole minutes within the horizon, and for PhysiBoSS.
    """
    if text is None:
        return ()
    if engine is not EngineName.EMBEDDED:
        raise UserError(
            "--snapshots: PhysiBoSS writes snapshots of its own; look into its folder, which "
            "--keep-folders leaves"
        )
    try:
        times_min = tuple(sorted({int(time) for time in text.split(",")}))
    except ValueError:
        raise UserError(
            f"--snapshots {text}: give whole minutes with commas between them, as 0,360,720"
        ) from None

    from theraflow.tnf.simulation import check_snapshot_times

    check_snapshot_times(times_min, horizon_min)
    return times_min


def check_export(folder: Path | None, times_min: tuple[int, ...]) -> None:
    """Raise ``UserError`` where nothing can be written to a folder, or would mix with other files.

    No folder is no fault.
    """
    if folder is None:
        return
    if not times_min:
        raise UserError(f"--multicellds {folder}: there are no snapshots; give --snapshots")
    check_writable(folder / "output00000000.xml")
    if any(folder.iterdir()):
        raise UserError(f"--multicellds {folder}: is not empty; give a new folder")


def recording(
    engine: "Engine", times_min: tuple[int, ...], folder: Path
) -> "RecordingEngine | None":
    """Let the embedded engine write snapshots into a folder; None without times."""
    from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
    from theraflow.tnf.snapshots.recording import RecordingEngine

    if times_min and isinstance(engine, EmbeddedEngine):
        return RecordingEngine(engine, times_min, folder)
    return None
