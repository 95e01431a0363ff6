"""Looking at tumours: the option ``--snapshots`` of ``theraflow tnf simulate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli.tnf.engine_options import EngineName
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

if TYPE_CHECKING:
    from theraflow.tnf.engine.interface import Engine
    from theraflow.tnf.snapshots.recording import RecordingEngine

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
