"""Pictures of tumours: the cells of a snapshot, as they are, and the TNF around them."""

import shutil
import subprocess
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image
from support.figure_tables import snapshot_cells, snapshot_field

from theraflow.cli import main
from theraflow.config.figures import FiguresConfig
from theraflow.report.figures.tnf.tumour import PHASE_COLORS, tumour_frames
from theraflow.tnf.snapshots.tables import PHASES, SNAPSHOT_TABLES, snapshot_paths

mpl.use("agg")

CONFIG = FiguresConfig(dpi=60)


def frames(figure: Figure) -> list[Axes]:
    return [panel for panel in figure.axes if cells_of(panel)]


def cells_of(panel: Axes) -> list[EllipseCollection]:
    return [each for each in panel.collections if isinstance(each, EllipseCollection)]


def test_a_frame_shows_every_cell_where_it_is_with_its_radius_and_phase() -> None:
    cells = snapshot_cells(radii_um=(50,))
    panel = frames(tumour_frames(cells, snapshot_field(radii_um=(50,)), CONFIG))[-1]
    (drawn,) = cells_of(panel)
    last = cells[cells["time_min"] == cells["time_min"].max()]
    found = sorted(
        (*position, diameter, to_hex(color))
        for position, diameter, color in zip(
            drawn.get_offsets().tolist(), drawn.get_widths(), drawn.get_facecolors(), strict=True
        )
    )
    expected = sorted(
        (x, y, 2 * radius, to_hex(PHASE_COLORS[phase]))
        for x, y, radius, phase in last[["x_um", "y_um", "cell_radius_um", "phase"]].to_numpy()
    )
    assert [item[3] for item in found] == [item[3] for item in expected]
    np.testing.assert_allclose([i[:3] for i in found], [i[:3] for i in expected], rtol=1e-6)
    assert len(set(PHASE_COLORS.values())) == len(PHASES)


def test_frames_tell_time_and_living_cells_and_pulses_are_below() -> None:
    figure = tumour_frames(snapshot_cells(), snapshot_field(), CONFIG)
    titles = [panel.get_title() for panel in frames(figure)]
    assert titles == 2 * ["0 h: 7 alive", "6 h: 4 alive", "24 h: 4 alive"]
    (timeline,) = (panel for panel in figure.axes if panel.get_xlabel() == "time (h)")
    assert "20 of 360 min, concentration 0.5" in timeline.get_title(loc="left")
    (pulses,) = timeline.collections
    starts = [path.vertices[:, 0].min() for path in pulses.get_paths()]
    np.testing.assert_allclose(starts, [0, 6, 12, 18])
    assert [text.get_text() for text in figure.legends[0].texts] == list(PHASES)


def test_of_a_sphere_the_plane_through_its_middle_is_shown() -> None:
    cells = snapshot_cells(radii_um=(50,))
    cells["z_um"] = np.float32(30.0)
    middle = cells.index % 2 == 0
    cells.loc[middle, "z_um"] = np.float32(4.0)
    field = snapshot_field(radii_um=(50,))
    layers = [
        field.assign(z_um=z, local_concentration=field["local_concentration"] * factor)
        for z, factor in ((-30, 9.0), (-10, 1.0), (10, 3.0), (30, 9.0))
    ]
    figure = tumour_frames(cells, pd.concat(layers), CONFIG)
    panel = frames(figure)[0]
    assert len(cells_of(panel)[0].get_offsets()) == sum(middle & (cells["time_min"] == 0))
    # All living cells are counted, not those of the slice.
    assert panel.get_title() == "0 h: 7 alive"
    assert panel.get_ylabel() == "radius 50 µm, slice"
    flat = field[field["time_min"] == 0]["local_concentration"]
    assert panel.images[0].get_array().mean() == pytest.approx(2 * flat.mean(), rel=1e-5)


def test_without_tnf_there_is_no_background_and_no_bar() -> None:
    field = snapshot_field(radii_um=(50,)).assign(local_concentration=np.float32(0))
    figure = tumour_frames(snapshot_cells(radii_um=(50,)), field, CONFIG)
    assert not any(panel.images for panel in figure.axes)
    assert not any(panel.get_ylabel().startswith("TNF") for panel in figure.axes)


def test_a_tumour_that_is_gone_leaves_empty_frames() -> None:
    cells = snapshot_cells(radii_um=(50,))
    figure = tumour_frames(cells[cells["time_min"] == 0], snapshot_field(radii_um=(50,)), CONFIG)
    titles = [panel.get_title() for panel in frames(figure)]
    assert titles == ["0 h: 7 alive", "6 h: 0 alive", "24 h: 0 alive"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["theraflow", "tnf", "plot-tumour", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def trajectories(tmp_path: Path) -> Path:
    file = tmp_path / "run.parquet"
    for name, frame in (
        ("cells", snapshot_cells(radii_um=(50,))),
        ("field", snapshot_field(radii_um=(50,))),
    ):
        frame[SNAPSHOT_TABLES[name].names].to_parquet(snapshot_paths(file)[name], index=False)
        frame[["simulation_id"]].to_parquet(file, index=False)
    return file


def test_a_film_has_a_picture_of_every_snapshot(
    trajectories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = trajectories.with_suffix(".gif")
    assert run(monkeypatch, trajectories, "--out", film) == 0
    with Image.open(film) as pictures:
        assert pictures.n_frames == 3
        seen = []
        for number in range(3):
            pictures.seek(number)
            seen.append(np.asarray(pictures.convert("L")))
    assert not np.array_equal(seen[0], seen[1])


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_film_as_mp4_has_them_too(trajectories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = trajectories.with_suffix(".mp4")
    assert run(monkeypatch, trajectories, "--out", film) == 0
    show = ("-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0")
    read = ["ffprobe", "-loglevel", "error", *show, str(film)]
    assert subprocess.run(read, capture_output=True, text=True, check=True).stdout.strip() == "3"


def test_cells_do_not_swell_the_vector_graphics(
    trajectories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = trajectories.with_suffix(".svg")
    assert run(monkeypatch, trajectories, "--out", picture) == 0
    assert picture.read_text(encoding="utf-8").count("<image") >= 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "tumour.tif"], "--out tumour.tif: give a name that ends in one of .png"),
        (["--out", "tumour.png", "--replicate", "5"], "--replicate 5: .*only the replicates [0]"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    arguments: list[str],
    message: str,
    trajectories: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(trajectories.parent)
    assert run(monkeypatch, trajectories, *arguments) == 2
    told = capsys.readouterr().err
    assert all(part in told for part in message.split(".*"))


def test_snapshots_of_an_earlier_simulation_are_not_drawn(
    trajectories: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pd.DataFrame({"simulation_id": ["another"]}).to_parquet(trajectories)
    assert run(monkeypatch, trajectories, "--out", trajectories.with_suffix(".png")) == 2
    assert "are of an earlier simulation; simulate again" in capsys.readouterr().err
