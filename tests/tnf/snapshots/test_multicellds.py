"""Snapshots in MultiCellDS, read back by PhysiCell's own loader and by the reader of PhysiBoSS."""

from pathlib import Path

import numpy as np
import pandas as pd
import pcdl
import pytest

from theraflow.config.tnf.engines import EngineConfig
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.physiboss.outputs import phase_counts
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.snapshots import tables
from theraflow.tnf.snapshots.multicellds import write_multicellds
from theraflow.tnf.snapshots.recording import record_snapshots

CODES = {"alive": 14, "apoptotic": 100, "necrotic": 101, "lysed": 102}
NAMES = {
    "alive": "live",
    "apoptotic": "apoptotic",
    "necrotic": "necrotic_swelling",
    "lysed": "necrotic_lysed",
}
DENSITY_PER_CONCENTRATION = 0.1

Snapshots = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshots, Path]:
    """A disc in which cells are of every phase at the end."""
    engine = make_embedded_engine(EngineConfig())
    simulation = plan_simulation(ParameterPoint(100, 641, 44, 0.5), 0, base_seed=1)
    _, recorded = record_snapshots(simulation, engine, (0, 1440))
    snapshots = {name: table.to_pandas() for name, table in recorded.items()}
    folder = tmp_path_factory.mktemp("multicellds")
    write_multicellds(snapshots, engine.model.constants, folder)
    return snapshots, folder


def last(snapshots: Snapshots, name: str) -> pd.DataFrame:
    frame = snapshots[name]
    return frame[frame[tnf_tables.TIME_MIN] == 1440]


def test_the_loader_of_physicell_reads_the_cells(disc: tuple[Snapshots, Path]) -> None:
    snapshots, folder = disc
    loaded = pcdl.TimeSeries(str(folder), verbose=False).get_mcds_list()
    assert [step.get_time() for step in loaded] == [0, 1440]
    cells = last(snapshots, tables.CELLS).set_index(tables.CELL).sort_index()
    read = loaded[-1].get_cell_df().sort_index()
    assert read.index.tolist() == cells.index.tolist()
    assert read["current_phase"].tolist() == [NAMES[phase] for phase in cells[tables.PHASE]]
    assert set(cells[tables.PHASE]) == set(tables.PHASES), "a phase was not tried"
    position = read[["position_x", "position_y", "position_z"]]
    np.testing.assert_array_equal(position, cells[list(tables.POSITION)])
    np.testing.assert_allclose(read["radius"], cells[tables.CELL_RADIUS_UM])
    np.testing.assert_allclose(np.cbrt(read["total_volume"] * 0.75 / np.pi), read["radius"])
    assert read["dead"].tolist() == (cells[tables.PHASE] != "alive").tolist()


def test_the_loader_of_physicell_reads_the_field(disc: tuple[Snapshots, Path]) -> None:
    snapshots, folder = disc
    step = pcdl.TimeStep(str(folder / "output00000001.xml"), verbose=False)
    assert step.get_substrate_list() == ["tnf"]
    assert step.get_unit_dict()["tnf"] == "TNF/um^3"
    np.testing.assert_array_equal(step.get_voxel_spacing(), [20, 20, 20])
    np.testing.assert_array_equal(step.get_xyz_range(), [(-500, 500), (-500, 500), (-10, 10)])
    read = step.get_conc_df().set_index(["mesh_center_m", "mesh_center_n"])["tnf"]
    field = last(snapshots, tables.FIELD).set_index([tables.X_UM, tables.Y_UM])
    expected = DENSITY_PER_CONCENTRATION * field[tables.LOCAL_CONCENTRATION]
    np.testing.assert_allclose(read.sort_index(), expected.sort_index(), rtol=1e-6)


def test_neighbours_are_those_within_reach(disc: tuple[Snapshots, Path]) -> None:
    snapshots, folder = disc
    step = pcdl.TimeStep(str(folder / "output00000001.xml"), verbose=False)
    cells = last(snapshots, tables.CELLS)
    position = cells[list(tables.POSITION)].to_numpy(np.float64)
    radius = cells[tables.CELL_RADIUS_UM].to_numpy(np.float64)
    apart = np.linalg.norm(position[:, np.newaxis] - position, axis=-1)
    near = apart <= 1.25 * (radius[:, np.newaxis] + radius)
    np.fill_diagonal(near, val=False)
    numbers = cells[tables.CELL].to_numpy()
    expected = {
        int(number): set(numbers[row].tolist()) for number, row in zip(numbers, near, strict=True)
    }
    assert step.get_neighbor_graph_dict() == expected
    assert not any(step.get_attached_graph_dict().values())


def test_the_reader_of_physiboss_counts_the_same_cells(disc: tuple[Snapshots, Path]) -> None:
    snapshots, folder = disc
    time_min, phases = phase_counts(folder / "output00000001.xml")
    shown = last(snapshots, tables.CELLS)[tables.PHASE].value_counts()
    assert time_min == 1440
    assert phases == {CODES[phase]: count for phase, count in shown.items()}


def test_a_sphere_has_layers(tmp_path: Path) -> None:
    engine = make_embedded_engine(EngineConfig(dimension=3))
    simulation = plan_simulation(ParameterPoint(30, 60, 20, 0.5), 0, base_seed=1, horizon_min=60)
    _, recorded = record_snapshots(simulation, engine, (60,))
    snapshots = {name: table.to_pandas() for name, table in recorded.items()}
    write_multicellds(snapshots, engine.model.constants, tmp_path)
    step = pcdl.TimeStep(str(tmp_path / "output00000000.xml"), verbose=False)
    assert step.get_voxel_ijk_range() == [(0, 49)] * 3
    cells = step.get_cell_df()
    assert len(cells) == len(snapshots[tables.CELLS])
    # Each cell is in the voxel whose concentration the loader joins to it.
    nearest = cells[["mesh_center_m", "mesh_center_n", "mesh_center_p"]].to_numpy()
    position = cells[["position_x", "position_y", "position_z"]].to_numpy()
    assert np.abs(nearest - position).max() <= 10
    field = snapshots[tables.FIELD].set_index(list(tables.POSITION))[tables.LOCAL_CONCENTRATION]
    expected = DENSITY_PER_CONCENTRATION * field.loc[[tuple(centre) for centre in nearest]]
    np.testing.assert_allclose(cells["tnf"], expected, rtol=1e-6)
