"""The TNF field against published numbers, analytic modes and an independent solution."""

import numpy as np
import pytest
from scipy.fft import dctn, idctn

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


def test_a_uniform_field_only_decays(model: SpheroidModel) -> None:
    density, diffused = np.ones((50, 50)), np.empty((50, 50))
    diffuse(density, diffused, line_solver(model.constants, EXACT_STEP_MIN))
    np.testing.assert_allclose(diffused, 1 / 1.000275**2, rtol=1e-14)


def test_the_source_is_outside_470_um(model: SpheroidModel) -> None:
    voxels = source_voxels(model.constants)
    assert len(voxels) == 784
    centres = voxel_centres_um(model.constants.domain)
    rows, columns = np.divmod(voxels, 50)
    assert np.hypot(centres[rows], centres[columns]).min() >= 470


def test_the_head_start_has_the_published_values(model: SpheroidModel) -> None:
    density = head_start_field(model, 1.0)
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
    density, diffused = head_start_field(model, 1.0), np.empty((50, 50))
    source, solver = source_voxels(model.constants), line_solver(model.constants, EXACT_STEP_MIN)
    for step in range(30_001):
        hold_source(density.ravel(), source, 1.0)
        diffuse(density, diffused, solver)
        density, diffused = diffused, density
        if (values := expected.get(step // 50)) and step % 50 == 0:
            np.testing.assert_allclose(density[25, [25, 35, 44]], values, atol=6e-8)


@pytest.mark.parametrize(("m", "n"), [(0, 1), (3, 0), (2, 5), (49, 49)])
def test_cosine_modes_decay_as_the_scheme_prescribes(model: SpheroidModel, m: int, n: int) -> None:
    # Cosines are the eigenvectors of the no-flux Laplacian, so each sweep divides them by a factor.
    step_min = 0.2
    positions = (np.arange(50) + 0.5) * np.pi / 50
    mode = np.outer(np.cos(m * positions), np.cos(n * positions))
    diffused = np.empty((50, 50))
    diffuse(mode.copy(), diffused, line_solver(model.constants, step_min))
    coupling = 1200 * step_min / 20**2
    factor = np.prod(
        [1 + 0.0275 * step_min / 2 + coupling * (2 - 2 * np.cos(k * np.pi / 50)) for k in (m, n)]
    )
    np.testing.assert_allclose(diffused, mode.T / factor, atol=1e-13)


@pytest.mark.parametrize(("step_min", "tolerance"), [(0.02, 0.002), (0.2, 0.02)])
def test_steps_converge_to_the_solution_in_continuous_time(
    model: SpheroidModel, step_min: float, tolerance: float
) -> None:
    # The cosine transform solves the semi-discrete equations exactly, by another route.
    generator = np.random.default_rng(5)
    start = idctn(generator.normal(size=(50, 50)) * np.exp(-np.arange(50) / 4), norm="ortho")
    simulated_min = 4.0
    density, diffused = start.copy(), np.empty((50, 50))
    solver = line_solver(model.constants, step_min)
    for _ in range(round(simulated_min / step_min)):
        diffuse(density, diffused, solver)
        density, diffused = diffused, density
    rate = (1200 / 20**2) * (2 - 2 * np.cos(np.arange(50) * np.pi / 50))
    decay = np.exp(-simulated_min * (rate[:, np.newaxis] + rate + 0.0275))
    exact = idctn(dctn(start, norm="ortho") * decay, norm="ortho")
    assert np.linalg.norm(density - exact) < tolerance * np.linalg.norm(exact)


def test_diffusion_conserves_tnf_but_for_decay(model: SpheroidModel) -> None:
    density, diffused = np.random.default_rng(1).random((50, 50)), np.empty((50, 50))
    before = density.sum()
    diffuse(density, diffused, line_solver(model.constants, 0.2))
    assert diffused.sum() == pytest.approx(before / (1 + 0.0275 * 0.2 / 2) ** 2, rel=1e-13)
    assert diffused.min() > 0
