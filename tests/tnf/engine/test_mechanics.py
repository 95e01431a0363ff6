"""Forces between cells and their movement: a plain sum over all pairs, and limits."""

import numpy as np
import pytest
from numpy.typing import NDArray
from support.spheroid_cells import make_cells, move

from theraflow.config.tnf.engines import Dimension
from theraflow.tnf.engine.embedded import neighbours
from theraflow.tnf.engine.embedded.cells import Cells, radius_um
from theraflow.tnf.engine.embedded.constants import kernel_constants
from theraflow.tnf.model.spheroid import SpheroidModel

DIMENSIONS = pytest.mark.parametrize("dimension", [2, 3])


def pairwise_velocities(
    centres: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum the potentials over all pairs, without any neighbour search; shape (cells, 3)."""
    velocities = np.empty_like(centres)
    for i in range(len(centres)):
        displacement = centres[i] - centres
        distance = np.linalg.norm(displacement, axis=1)
        distance[i] = np.inf
        contact = radius[i] + radius
        repulsion = 10 * np.clip(1 - distance / contact, 0, None) ** 2
        adhesion = 0.4 * np.clip(1 - distance / (1.25 * contact), 0, None) ** 2
        velocities[i] = ((repulsion - adhesion) / distance) @ displacement
    return velocities


def positions(cells: Cells) -> NDArray[np.float64]:
    return np.stack([cells[name] for name in ("x_um", "y_um", "z_um")], axis=1)


@pytest.mark.parametrize(("dimension", "half_width_um"), [(2, 499), (3, 140), (3, 20)])
def test_velocities_equal_those_of_a_plain_sum_over_all_pairs(
    model: SpheroidModel, dimension: Dimension, half_width_um: float
) -> None:
    # In 20 um there is but one bin, and more neighbours than there is room for at first.
    count = 3000
    generator = np.random.default_rng(3)
    centres = np.zeros((count, 3))
    centres[:, :dimension] = generator.uniform(
        -half_width_um, half_width_um, size=(dimension, count)
    ).T
    cells = make_cells(model, centres, room=count, dimension=dimension)
    cells["volume_um3"] = generator.uniform(1247, 4500, size=count)
    cells["radius_um"] = radius_um(cells["volume_um3"])
    expected = pairwise_velocities(centres, cells["radius_um"])
    move(cells, count, kernel_constants(model, dimension), step_min=1e-6)
    for axis, name in enumerate("xyz"):
        found = cells[f"previous_velocity_{name}_um_per_min"]
        np.testing.assert_allclose(found, expected[:, axis], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(positions(cells), centres + 1.5e-6 * expected, rtol=0, atol=1e-10)


@DIMENSIONS
def test_every_pair_within_reach_is_listed_once(model: SpheroidModel, dimension: Dimension) -> None:
    count = 800
    centres = np.random.default_rng(6).uniform(-120, 120, size=(count, 3))
    centres[:, dimension:] = 0
    cells = make_cells(model, centres, room=count, dimension=dimension)
    constants = kernel_constants(model, dimension)
    spheres = neighbours.allocate_spheres(count)
    listed = neighbours.list_neighbours(
        cells, count, spheres, neighbours.allocate_neighbour_list(count, constants), constants
    )
    begin = listed.begin.astype(np.int64)
    first = spheres.cell[np.repeat(np.arange(count), np.diff(begin))]
    second = spheres.cell[listed.sphere[: begin[-1]]]
    found = np.sort(np.stack([first, second], axis=1), axis=1)
    distance = np.linalg.norm(centres[:, np.newaxis] - centres, axis=2)
    reach = 2 * radius_um(2494) * 1.25 + neighbours.SKIN_UM
    expected = np.argwhere(np.triu(distance < reach, k=1))
    np.testing.assert_array_equal(found[np.lexsort(found.T[::-1])], expected)


@pytest.mark.parametrize("axis", range(3))
def test_two_cells_settle_where_repulsion_balances_adhesion(
    model: SpheroidModel, axis: int
) -> None:
    start = np.zeros((2, 3))
    start[:, axis] = -4, 4
    cells = make_cells(model, start, dimension=3)
    for _ in range(4000):
        move(cells, 2, kernel_constants(model, 3), step_min=0.1)
    # 10 (1 - d/R)^2 = 0.4 (1 - d/S)^2 with S = 1.25 R.
    contact = 2 * radius_um(2494)
    root = np.sqrt(0.04)
    balance = contact * (1 - root) / (1 - root / 1.25)
    first, second = positions(cells)[:2, axis]
    assert second - first == pytest.approx(balance, rel=1e-4)
    assert first + second == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("axis", range(3))
def test_a_cell_beyond_any_face_of_the_domain_is_frozen(model: SpheroidModel, axis: int) -> None:
    centres = np.zeros((2, 3))
    centres[:, axis] = 499, 505
    cells = make_cells(model, centres, dimension=3)
    assert cells["outside_domain"][:2].tolist() == [False, True]
    move(cells, 2, kernel_constants(model, 3), step_min=0.1)
    after = positions(cells)[:2]
    np.testing.assert_array_equal(after[1], centres[1])
    assert after[0, axis] < 499


def test_a_disc_stays_in_its_plane(model: SpheroidModel) -> None:
    cells = make_cells(model, [(0, 0, 0), (9, 5, 0), (-7, 8, 0)])
    for _ in range(50):
        move(cells, 3, kernel_constants(model, 2), step_min=0.1)
    assert not cells["z_um"].any()
    assert cells["x_um"][0] != 0
