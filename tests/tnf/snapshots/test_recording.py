"""Snapshots: they change no count, and show the tumour whose cells were counted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.cli import main
from theraflow.config.tnf.engines import Dimension, EngineConfig
from theraflow.core.parquet import read_frames
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.snapshots import tables
from theraflow.tnf.snapshots.recording import record_snapshots

# With fast steps, five a minute, a field after an odd number of minutes is transposed in memory.
TIMES_MIN = (0, 60, 119, 120, 180)
SIMULATION = plan_simulation(ParameterPoint(60, 90, 20, 0.5), 0, base_seed=1, horizon_min=180)


@pytest.fixture(params=[2, 3], ids=["2D", "3D"])
def engine(request: pytest.FixtureRequest) -> EmbeddedEngine:
    return make_embedded_engine(EngineConfig(dimension=request.param))


@pytest.fixture
def snapshots(engine: EmbeddedEngine) -> dict[str, pd.DataFrame]:
    _, snapshots = record_snapshots(SIMULATION, engine, TIMES_MIN)
    return {name: table.to_pandas() for name, table in snapshots.items()}


@pytest.fixture
def cells(snapshots: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return snapshots[tables.CELLS]


def at(frame: pd.DataFrame, time_min: int) -> pd.DataFrame:
    return frame[frame[tnf_tables.TIME_MIN] == time_min]


def test_counts_are_the_same_with_snapshots_as_without(engine: EmbeddedEngine) -> None:
    counts = engine.simulate(SIMULATION)
    for times_min in (TIMES_MIN, (7, 133), ()):
        seen, _ = record_snapshots(SIMULATION, engine, times_min) if times_min else (counts, {})
        assert seen.tobytes() == counts.tobytes()
    assert counts[-1].min() > 0, "a tumour in which nothing dies shows nothing"


def test_a_snapshot_shows_the_cells_that_were_counted(
    engine: EmbeddedEngine, cells: pd.DataFrame
) -> None:
    counts = engine.simulate(SIMULATION)
    for time_min in (0, 60, 120, 180):
        phases = at(cells, time_min)[tables.PHASE].value_counts()
        shown = [phases.get(phase, 0) for phase in tnf_tables.CELL_TYPES]
        assert shown == counts[time_min // 60].tolist()


def test_a_snapshot_does_not_depend_on_other_ones(
    engine: EmbeddedEngine, snapshots: dict[str, pd.DataFrame]
) -> None:
    _, alone = record_snapshots(SIMULATION, engine, (119,))
    for name, table in alone.items():
        among_others = at(snapshots[name], 119).reset_index(drop=True)
        pd.testing.assert_frame_equal(table.to_pandas(), among_others)


def test_cells_keep_their_numbers(cells: pd.DataFrame) -> None:
    first, before, after = (at(cells, t).set_index(tables.CELL) for t in (0, 119, 120))
    assert all(frame.index.is_unique for frame in (first, before, after))
    # A cell that divides halves its volume and steps aside; no other one gets far in a minute.
    both = before.index.intersection(after.index)
    position = list(tables.POSITION)
    moved_um = np.linalg.norm(after.loc[both, position] - before.loc[both, position], axis=1)
    assert len(both) > 0.9 * len(before)
    assert np.quantile(moved_um, 0.9) < 1.0
    born = set(after.index) - set(first.index)
    assert born
    assert min(born) >= len(first)


def test_the_field_lies_where_the_cells_are(
    engine: EmbeddedEngine, snapshots: dict[str, pd.DataFrame]
) -> None:
    field = snapshots[tables.FIELD]
    side = (50, 50, 50)[: engine.dimension]
    before, after = (
        at(field, t)[tables.LOCAL_CONCENTRATION].to_numpy().reshape(side) for t in (119, 120)
    )
    # Cells lie nowhere in mirror image, and so does what they leave of the TNF.
    lopsided = [(it - np.swapaxes(it, -1, -2)).ravel() for it in (before, after)]
    assert np.corrcoef(*lopsided)[0, 1] > 0.9
    # Little TNF is left, and least where cells take it up.
    centre = np.abs(at(field, 120)[list(tables.POSITION)]).max(axis=1) < 40
    concentration = at(field, 120)[tables.LOCAL_CONCENTRATION]
    assert concentration[centre].mean() < concentration.mean() < 0.5


def test_the_source_is_at_the_concentration_of_the_pulse(
    snapshots: dict[str, pd.DataFrame],
) -> None:
    start = at(snapshots[tables.FIELD], 0)
    assert start[tables.LOCAL_CONCENTRATION].max() == pytest.approx(0.5, rel=0.02)
    assert start[tables.LOCAL_CONCENTRATION].min() < 0.01


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_command_writes_tables_beside_the_trajectories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dimension: Dimension
) -> None:
    out = tmp_path / "run.parquet"
    arguments = "tnf simulate --radius 40 --period 60 --duration 10 --concentration 0.5 "
    arguments += f"--horizon 60 --replicates 2 --dimension {dimension} --snapshots 60,0 --out {out}"
    arguments += f" --multicellds {tmp_path / 'physicell'}"
    monkeypatch.setattr("sys.argv", ["theraflow", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    trajectories = read_frames([out])
    for name, path in tables.snapshot_paths(out).items():
        frame = read_frames([path])
        assert frame.columns.tolist() == tables.SNAPSHOT_TABLES[name].names
        assert set(frame[tnf_tables.SIMULATION_ID]) == set(trajectories[tnf_tables.SIMULATION_ID])
        assert set(frame[tnf_tables.TIME_MIN]) == {0, 60}
    for replicate in (0, 1):
        folder = tmp_path / f"physicell/replicate_{replicate}"
        assert len(list(folder.glob("output*.xml"))) == 2
    assert not list(tmp_path.glob(".*")), "something temporary is left"
