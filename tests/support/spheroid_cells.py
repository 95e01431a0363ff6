"""Cells of the embedded engine outside of a simulation."""

import numpy as np
from numpy.typing import ArrayLike

from theraflow.config.tnf.engines import Dimension
from theraflow.tnf.engine.embedded import mechanics, neighbours
from theraflow.tnf.engine.embedded.cells import Cells, allocate_cells, place_cells
from theraflow.tnf.engine.embedded.constants import Constants, kernel_constants
from theraflow.tnf.engine.embedded.network import network_tables
from theraflow.tnf.model.spheroid import SpheroidModel


def make_cells(
    model: SpheroidModel, centres_um: ArrayLike, room: int = 64, dimension: Dimension = 2
) -> Cells:
    """Place mature living cells at centres (cells, 3), with room for ``room`` of them."""
    cells = allocate_cells(room)
    place_cells(
        cells,
        np.array(centres_um, dtype=np.float64),
        kernel_constants(model, dimension),
        network_tables(model.network),
        np.random.Generator(np.random.PCG64(0)),
    )
    return cells


def move(cells: Cells, count: int, constants: Constants, step_min: float) -> None:
    """Move cells by one step, with a neighbour list of their own."""
    spheres = neighbours.allocate_spheres(len(cells))
    listed = neighbours.allocate_neighbour_list(len(cells), constants)
    listed = neighbours.list_neighbours(cells, count, spheres, listed, constants)
    mechanics.move_cells(cells, count, spheres, listed, step_min, constants)
