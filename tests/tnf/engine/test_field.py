"""The TNF field against published numbers, analytic modes and an independent solution."""

from functools import reduce
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.fft import dctn, idctn
from scipy.linalg import solve_banded

from theraflow.config.tnf.engines import Dimension
from theraflow.tnf.engine.embedded.field import (
    diffuse,
    hold_source,
    line_solver,
    source_voxels,
    voxel_centres_um,
)
from theraflow.tnf.engine.embedded.simulate import head_start_field
from theraflow.tnf.model.spheroid import SpheroidModel

EXACT_STEP_MIN = 0.02
DIMENSIONS = pytest.mark.parametrize("dimension", [2, 3])


def shape_of(dimension: Dimension) -> tuple[int, int, int]:
    return (50 if dimension == 3 else 1, 50, 50)


def diffuse_once(
    model: SpheroidModel, density: NDArray[np.float64], step_min: float, dimension: Dimension
) -> NDArray[np.float64]:
    """Return the field after one step, its layers not transposed; the one given stays as it is."""
    diffused = np.empty_like(density)
    diffuse(density.copy(), diffused, line_solver(model.constants, step_min, dimension))
    return diffused.swapaxes(1, 2)


@DIMENSIONS
def test_a_uniform_field_only_decays(model: SpheroidModel, dimension: Dimension) -> None:
    density = np.ones(shape_of(dimension))
    diffused = diffuse_once(model, density, EXACT_STEP_MIN, dimension)
    decay = 1 + 0.0275 * EXACT_STEP_MIN / dimension
    np.testing.assert_allclose(diffused, 1 / decay**dimension, rtol=1e-14)


@pytest.mark.parametrize(("dimension", "count"), [(2, 784), (3, 70_912)])
def test_the_source_is_outside_470_um(
    model: SpheroidModel, dimension: Dimension, count: int
) -> None:
    voxels = source_voxels(model.constants, dimension)
    assert len(voxels) == count
    centres = voxel_centres_um(model.constants.domain)
    positions = np.unravel_index(voxels, shape_of(dimension))[3 - dimension :]
    assert np.linalg.norm([centres[axis] for axis in positions], axis=0).min() >= 470


def test_the_head_start_has_the_published_values(model: SpheroidModel) -> None:
    density = head_start_field(model, 1.0, 2)[0]
    assert density.sum() == pytest.approx(773.295236, abs=5e-7)
    assert density[25, 45] == pytest.approx(0.0681334, abs=5e-8)
    assert density[25, 47] == pytest.approx(0.3646819, abs=5e-8)


def test_a_field_without_cells_has_the_published_values(model: SpheroidModel) -> None:
    # Voxels (10, 10), (210, 10) and (390, 10) under a lasting pulse, after the step at t.
    expected = {
        10: (0.0168107, 0.1175156, 0.5961186),
        30: (0.2181008, 0.3492425, 0.7139799),
        60: (0.3341234, 0.4371265, 0.7433540),
        600: (0.3593694, 0.4557704, 0.7493950),
    }
    density = head_start_field(model, 1.0, 2)
    diffused = np.empty_like(density)
    source = source_voxels(model.constants, 2)
    solver = line_solver(model.constants, EXACT_STEP_MIN, 2)
    for step in range(30_001):
        hold_source(density.ravel(), source, 1.0)
        diffuse(density, diffused, solver)
        density, diffused = diffused, density
        if (values := expected.get(step // 50)) and step % 50 == 0:
            np.testing.assert_allclose(density[0, 25, [25, 35, 44]], values, atol=6e-8)


def test_the_field_of_a_sphere_without_cells_looks_the_same_from_every_axis(
    model: SpheroidModel,
) -> None:
    density = head_start_field(model, 1.0, 3)
    assert density[25, 25, 45] > 0
    for turned in (np.moveaxis(density, 0, 1), np.moveaxis(density, 0, 2), density[::-1]):
        np.testing.assert_allclose(turned, density, rtol=1e-12, atol=1e-300)
    # Nearer to the source on all sides than a disc, whose source is a ring.
    assert density[25, 25, 25] > head_start_field(model, 1.0, 2)[0, 25, 25]


@pytest.mark.parametrize(
    "frequencies", [(0, 1), (3, 0), (2, 5), (49, 49), (1, 0, 0), (0, 4, 2), (3, 1, 7), (49, 49, 49)]
)
def test_cosine_modes_decay_as_the_scheme_prescribes(
    model: SpheroidModel, frequencies: tuple[int, ...]
) -> None:
    # Cosines are the eigenvectors of the no-flux Laplacian, so each sweep divides them by a factor.
    step_min, dimension = 0.2, cast(Dimension, len(frequencies))
    positions = (np.arange(50) + 0.5) * np.pi / 50
    mode = reduce(np.multiply.outer, [np.cos(k * positions) for k in frequencies])
    diffused = diffuse_once(model, mode.reshape(shape_of(dimension)), step_min, dimension)
    coupling = 1200 * step_min / 20**2
    factor = np.prod(
        [
            1 + 0.0275 * step_min / dimension + coupling * (2 - 2 * np.cos(k * np.pi / 50))
            for k in frequencies
        ]
    )
    expected = mode.reshape(shape_of(dimension)) / factor
    np.testing.assert_allclose(diffused, expected, atol=1e-13)


def test_a_step_in_space_is_three_systems_as_scipy_solves_them(model: SpheroidModel) -> None:
    start = np.random.default_rng(2).random((50, 50, 50))
    coupling = 1200 * 0.2 / 20**2
    bands = np.full((3, 50), -coupling)
    bands[1] = 1 + 0.0275 * 0.2 / 3 + coupling * np.r_[1, np.full(48, 2.0), 1]
    expected = start
    for axis in range(3):
        lines = np.moveaxis(expected, axis, 0).reshape(50, -1)
        solved = solve_banded((1, 1), bands, lines).reshape(50, 50, 50)
        expected = np.moveaxis(solved, 0, axis)
    np.testing.assert_allclose(diffuse_once(model, start, 0.2, 3), expected, rtol=1e-12)


@DIMENSIONS
@pytest.mark.parametrize(("step_min", "tolerance"), [(0.02, 0.002), (0.2, 0.02)])
def test_steps_converge_to_the_solution_in_continuous_time(
    model: SpheroidModel, step_min: float, tolerance: float, dimension: Dimension
) -> None:
    # The cosine transform solves the semi-discrete equations exactly, by another route.
    shape = shape_of(dimension)
    generator = np.random.default_rng(5)
    start = idctn(generator.normal(size=shape) * np.exp(-np.arange(50) / 4), norm="ortho")
    simulated_min = 4.0
    density, diffused = start.copy(), np.empty(shape)
    solver = line_solver(model.constants, step_min, dimension)
    for _ in range(round(simulated_min / step_min)):
        diffuse(density, diffused, solver)
        density, diffused = diffused, density
    rate = (1200 / 20**2) * (2 - 2 * np.cos(np.arange(50) * np.pi / 50))
    rates = reduce(np.add.outer, [rate] * dimension).reshape(shape)
    decay = np.exp(-simulated_min * (rates + 0.0275))
    exact = idctn(dctn(start, norm="ortho") * decay, norm="ortho")
    assert np.linalg.norm(density - exact) < tolerance * np.linalg.norm(exact)


@DIMENSIONS
def test_diffusion_conserves_tnf_but_for_decay(model: SpheroidModel, dimension: Dimension) -> None:
    density = np.random.default_rng(1).random(shape_of(dimension))
    diffused = diffuse_once(model, density, 0.2, dimension)
    decay = (1 + 0.0275 * 0.2 / dimension) ** dimension
    assert diffused.sum() == pytest.approx(density.sum() / decay, rel=1e-13)
    assert diffused.min() > 0
