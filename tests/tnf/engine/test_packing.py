"""Where cells start: published numbers and geometry of the disc and the sphere."""

import numpy as np
import pytest
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from theraflow.tnf.engine.embedded.cells import radius_um
from theraflow.tnf.model.packing import hexagonal_disc, layered_sphere

CELL_RADIUS_UM = radius_um(2494)


def test_cells_have_the_published_radius() -> None:
    assert pytest.approx(8.412710548, abs=5e-10) == CELL_RADIUS_UM


@pytest.mark.parametrize(
    ("tumor_radius_um", "cells"), [(50, 37), (100, 151), (275, 1069), (400, 2263)]
)
def test_the_disc_holds_the_published_number_of_cells(tumor_radius_um: int, cells: int) -> None:
    centres = np.stack(hexagonal_disc(tumor_radius_um, 1.9 * CELL_RADIUS_UM), axis=1)
    assert centres.shape == (cells, 2)
    assert np.linalg.norm(centres, axis=1).max() < tumor_radius_um
    assert pdist(centres).min() == pytest.approx(1.9 * CELL_RADIUS_UM)


@pytest.mark.parametrize(
    ("tumor_radius_um", "cells"),
    [
        (30, 28), (50, 144), (75, 489), (100, 1173), (150, 3963), (200, 9392), (275, 24401),
        (400, 74999),
    ],
)  # fmt: skip
def test_the_sphere_holds_the_published_number_of_cells(tumor_radius_um: int, cells: int) -> None:
    centres = np.stack(layered_sphere(tumor_radius_um, CELL_RADIUS_UM), axis=1)
    assert centres.shape == (cells, 3)
    assert np.linalg.norm(centres, axis=1).max() < tumor_radius_um
    # Cells of a row touch; those of two layers overlap, as layers are as far apart as rows.
    nearest_um = KDTree(centres).query(centres, k=2)[0][:, 1]
    assert 2 * CELL_RADIUS_UM * 0.87 < nearest_um.min() < 2 * CELL_RADIUS_UM


def test_cells_of_a_sphere_are_stored_by_layer_row_and_column() -> None:
    centres = np.stack(layered_sphere(30, CELL_RADIUS_UM), axis=1)
    layers_um = np.unique(centres[:, 2])
    np.testing.assert_allclose(np.diff(layers_um), np.sqrt(3) * CELL_RADIUS_UM)
    order = np.lexsort((centres[:, 1], centres[:, 0], centres[:, 2]))
    np.testing.assert_array_equal(order, np.arange(len(centres)))
