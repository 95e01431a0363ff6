"""Snapshots in MultiCellDS, as PhysiCell writes them, for the tools that read its output.

Layout: PhysiCell 1.14, http://physicell.org; matrices are MATLAB files of version 4.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.io import savemat
from scipy.spatial import cKDTree

from theraflow import __version__
from theraflow.core.parquet import read_frames
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.model.constants import SpheroidConstants
from theraflow.tnf.model.spheroid import SpheroidModel
from theraflow.tnf.snapshots import tables

MESH: Final = "initial_mesh0.mat"
# Cycle model and phase, by PhysiCell's codes.
_CODES: Final = {
    tnf_tables.ALIVE: (5, 14),
    tnf_tables.APOPTOTIC: (100, 100),
    tnf_tables.NECROTIC: (101, 101),
    tables.LYSED: (101, 102),
}
# The readers ask for an index of chemotaxis, which these cells do not know.
_LABELS: Final = (
    ("ID", 1, "none"),
    ("position", 3, "microns"),
    ("total_volume", 1, "cubic microns"),
    ("radius", 1, "microns"),
    ("cell_type", 1, "none"),
    ("cycle_model", 1, "none"),
    ("current_phase", 1, "none"),
    ("dead", 1, "none"),
    ("chemotaxis_index", 1, "none"),
)
# How long the program ran is not known of one snapshot.
_XML: Final = Template("""\
<?xml version="1.0"?>
<MultiCellDS version="2" type="snapshot/simulation">
  <metadata>
    <software>
      <name>theraflow</name>
      <version>$version</version>
    </software>
    <current_time units="min">$time_min</current_time>
    <current_runtime units="sec">0</current_runtime>
    <created>$created</created>
    <last_modified>$created</last_modified>
  </metadata>
  <microenvironment>
    <domain name="microenvironment">
      <mesh type="Cartesian" uniform="true" regular="true" units="micron">
        <bounding_box type="axis-aligned" units="micron" delimiter=" ">$box</bounding_box>
        <x_coordinates delimiter=" ">$x</x_coordinates>
        <y_coordinates delimiter=" ">$y</y_coordinates>
        <z_coordinates delimiter=" ">$z</z_coordinates>
        <voxels type="matlab">
          <filename>$mesh</filename>
        </voxels>
      </mesh>
      <variables>
        <variable name="tnf" units="TNF/um^3" ID="0">
          <physical_parameter_set>
            <diffusion_coefficient units="micron^2/min">$diffusion</diffusion_coefficient>
            <decay_rate units="1/min">$decay</decay_rate>
          </physical_parameter_set>
        </variable>
      </variables>
      <data type="matlab">
        <filename>${name}_microenvironment0.mat</filename>
      </data>
    </domain>
  </microenvironment>
  <cellular_information>
    <cell_populations>
      <cell_population type="individual">
        <custom>
          <simplified_data type="matlab" source="PhysiCell" data_version="2">
            <cell_types>
              <type ID="0">tumor_cell</type>
            </cell_types>
            <labels>
$labels
            </labels>
            <filename>${name}_cells.mat</filename>
          </simplified_data>
          <neighbor_graph type="text" source="PhysiCell" data_version="2">
            <filename>${name}_cell_neighbor_graph.txt</filename>
          </neighbor_graph>
          <attached_cells_graph type="text" source="PhysiCell" data_version="2">
            <filename>${name}_attached_cells_graph.txt</filename>
          </attached_cells_graph>
        </custom>
      </cell_population>
    </cell_populations>
  </cellular_information>
</MultiCellDS>
""")


def export_multicellds(paths: Mapping[str, Path], model: SpheroidModel, folder: Path) -> None:
    """Write the snapshots of tables, ``SNAPSHOT_TABLES`` at ``paths``, into an empty folder.

    With several replicates each has a folder in it. The folder is there whole, or not at all.
    Raises ``UserError`` for a table that is missing or damaged.
    """
    of_replicate = [
        read_frames([paths[name]]).groupby(tnf_tables.REPLICATE) for name in tables.SNAPSHOT_TABLES
    ]
    with TemporaryDirectory(prefix=".theraflow-", dir=folder.parent) as scratch:
        whole = Path(scratch) / folder.name
        whole.mkdir()
        for (replicate, cells), (_, field) in zip(*of_replicate, strict=True):
            own = whole / f"replicate_{replicate}" if len(of_replicate[0]) > 1 else whole
            own.mkdir(exist_ok=True)
            snapshots = {tables.CELLS: cells, tables.FIELD: field}
            write_multicellds(snapshots, model.constants, own)
        whole.replace(folder)


def write_multicellds(
    snapshots: Mapping[str, pd.DataFrame],
    constants: SpheroidConstants,
    folder: Path,
) -> None:
    """Write the ``SNAPSHOT_TABLES`` of one simulation into a folder, numbered from 0.

    Densities are those of the model, as in PhysiBoSS. Neighbours are the cells within the reach of
    adhesion; no cell is attached to another.
    """
    of_time = [snapshots[name].groupby(tnf_tables.TIME_MIN) for name in tables.SNAPSHOT_TABLES]
    for number, ((time_min, cells), (_, field)) in enumerate(zip(*of_time, strict=True)):
        name = f"output{number:08d}"
        voxels = _voxels(field, constants)
        density = constants.tnf_field.density_per_concentration * np.asarray(
            field[tables.LOCAL_CONCENTRATION], np.float64
        )
        if number == 0:
            _write_matrix(folder / MESH, "mesh", voxels)
        _write_matrix(
            folder / f"{name}_microenvironment0.mat",
            "multiscale_microenvironment",
            np.vstack([voxels, density]),
        )
        _write_matrix(folder / f"{name}_cells.mat", "cells", _cell_matrix(cells))
        neighbours = _neighbours(cells, constants.mechanics.adhesion_reach_ratio)
        _write_graph(folder / f"{name}_cell_neighbor_graph.txt", neighbours)
        _write_graph(folder / f"{name}_attached_cells_graph.txt", {cell: [] for cell in neighbours})
        text = _XML.substitute(
            _mesh_text(voxels, constants),
            name=name,
            mesh=MESH,
            version=__version__,
            time_min=time_min,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            diffusion=constants.tnf_field.diffusion_um2_per_min,
            decay=constants.tnf_field.decay_per_min,
            labels=_labels_text(),
        )
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")


def _voxels(field: pd.DataFrame, constants: SpheroidConstants) -> NDArray[np.float64]:
    centres = field[list(tables.POSITION)].to_numpy(np.float64).T
    volume_um3 = constants.domain.voxel_width_um**3
    return np.vstack([centres, np.full(centres.shape[1], volume_um3)])


def _cell_matrix(cells: pd.DataFrame) -> NDArray[np.float64]:
    """Values of the cells in the rows that ``_LABELS`` tells."""
    radius_um = cells[tables.CELL_RADIUS_UM].to_numpy(np.float64)
    codes = np.array([_CODES[phase] for phase in cells[tables.PHASE]], np.float64).reshape(-1, 2)
    nothing = np.zeros(len(cells))
    return np.vstack(
        [
            cells[tables.CELL],
            cells[list(tables.POSITION)].to_numpy(np.float64).T,
            4 / 3 * np.pi * radius_um**3,
            radius_um,
            nothing,
            codes.T,
            cells[tables.PHASE] != tnf_tables.ALIVE,
            nothing,
        ]
    )


def _neighbours(cells: pd.DataFrame, reach_ratio: float) -> dict[int, list[int]]:
    """List the neighbours of each cell by their numbers."""
    numbers = cells[tables.CELL].to_numpy()
    position_um = cells[list(tables.POSITION)].to_numpy(np.float64)
    reach_um = reach_ratio * cells[tables.CELL_RADIUS_UM].to_numpy(np.float64)
    neighbours: dict[int, list[int]] = {int(number): [] for number in numbers}
    if not len(cells):
        return neighbours
    pairs = cKDTree(position_um).query_pairs(2 * reach_um.max(), output_type="ndarray")
    first, second = pairs.T
    apart_um = np.linalg.norm(position_um[first] - position_um[second], axis=1)
    near = apart_um <= reach_um[first] + reach_um[second]
    for one, other in numbers[pairs[near]].tolist():
        neighbours[one].append(other)
        neighbours[other].append(one)
    return neighbours


def _mesh_text(voxels: NDArray[np.float64], constants: SpheroidConstants) -> dict[str, str]:
    half_voxel_um = constants.domain.voxel_width_um / 2
    axes = {name: np.unique(row) for name, row in zip("xyz", voxels, strict=False)}
    lowest = [axis[0] - half_voxel_um for axis in axes.values()]
    highest = [axis[-1] + half_voxel_um for axis in axes.values()]
    box = " ".join(f"{value:g}" for value in (*lowest, *highest))
    return {"box": box} | {
        name: " ".join(f"{centre:g}" for centre in axis) for name, axis in axes.items()
    }


def _labels_text() -> str:
    lines, index = [], 0
    for label, size, units in _LABELS:
        lines.append(f'<label index="{index}" size="{size}" units="{units}">{label}</label>')
        index += size
    return "\n".join(f"{'':14}{line}" for line in lines)


def _write_matrix(file: Path, name: str, values: NDArray[np.float64]) -> None:
    savemat(file, {name: values}, format="4")


def _write_graph(file: Path, neighbours: Mapping[int, list[int]]) -> None:
    lines = [f"{cell}: {','.join(map(str, others))}\n" for cell, others in neighbours.items()]
    file.write_text("".join(lines), encoding="utf-8")
