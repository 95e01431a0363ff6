"""The TNF field: implicit diffusion and decay on the voxel grid, supply from outside.

Density is an array (layers, rows, columns) = (z, y, x) of a cube of voxels, or of one layer of it
in two dimensions. One step is the locally one-dimensional backward Euler scheme of BioFVM
(Ghaffarizadeh et al., Bioinformatics 2016, doi 10.1093/bioinformatics/btv730) with no-flux
boundaries: a tridiagonal system along every grid line of every axis.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.engines import Dimension
from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.model.constants import Domain, SpheroidConstants

_TRANSPOSE_BLOCK = 2


class LineSolver(NamedTuple):
    """Factors of the tridiagonal system of one grid line of n voxels, each of shape (n,).

    ``scale`` and ``carry`` are those of the forward elimination; ``carry`` serves the backward
    substitution as well.
    """

    scale: NDArray[np.float64]
    carry: NDArray[np.float64]


def voxels_per_side(domain: Domain) -> int:
    """Count the voxels along one side of the domain."""
    return round(2 * domain.half_width_um / domain.voxel_width_um)


def voxel_centres_um(domain: Domain) -> NDArray[np.float64]:
    """Coordinates of the voxel centres along one axis, um."""
    count = voxels_per_side(domain)
    first = domain.voxel_width_um / 2 - domain.half_width_um
    return first + domain.voxel_width_um * np.arange(count, dtype=np.float64)


def empty_field(domain: Domain, dimension: Dimension) -> NDArray[np.float64]:
    """Make a field without TNF, shape (layers, rows, columns)."""
    side = voxels_per_side(domain)
    return np.zeros((side if dimension == 3 else 1, side, side))


def source_voxels(constants: SpheroidConstants, dimension: Dimension) -> NDArray[np.int64]:
    """Flat indices of the voxels that a pulse holds at its density."""
    centres = voxel_centres_um(constants.domain)
    from_axis = np.hypot(centres[:, np.newaxis], centres)
    layers = centres if dimension == 3 else np.zeros(1)
    distance = np.hypot(layers[:, np.newaxis, np.newaxis], from_axis)
    return np.flatnonzero(distance.ravel() >= constants.tnf_field.source_radius_um)


def line_solver(constants: SpheroidConstants, step_min: float, dimension: Dimension) -> LineSolver:
    """Factorise the system ``(1 + decay dt/d) u_i - k (u_{i-1} - 2 u_i + u_{i+1}) = c_i``.

    ``k = D dt / h^2``, d is the dimension; neighbours beyond the ends drop out.
    """
    field, domain = constants.tnf_field, constants.domain
    count = voxels_per_side(domain)
    coupling = field.diffusion_um2_per_min * step_min / domain.voxel_width_um**2
    neighbours = np.full(count, 2.0)
    neighbours[[0, -1]] = 1.0
    diagonal = 1 + field.decay_per_min * step_min / dimension + coupling * neighbours
    scale, carry = np.empty(count), np.empty(count)
    carry_before = 0.0
    for i in range(count):
        scale[i] = 1 / (diagonal[i] - coupling * carry_before)
        carry[i] = carry_before = coupling * scale[i]
    return LineSolver(scale, carry)


@kernel
def diffuse(
    density: NDArray[np.float64], diffused: NDArray[np.float64], solver: LineSolver
) -> None:
    """Advance the field by one step; ``diffused`` receives the result, each layer transposed.

    The sweeps along the axes commute, so that the next step may begin with the other one: callers
    exchange the two arrays and save the way back.
    """
    layers, side = density.shape[0], density.shape[1]
    for layer in range(layers):
        _solve_columns(density[layer], solver)
        _transpose(density[layer], diffused[layer])
        _solve_columns(diffused[layer], solver)
    if layers > 1:
        _solve_columns(diffused.reshape(layers, side * side), solver)


@kernel
def hold_source(flat_density: NDArray[np.float64], voxels: NDArray[np.int64], value: float) -> None:
    """Set the source voxels to the density of the pulse."""
    for voxel in voxels:
        flat_density[voxel] = value


@kernel
def _solve_columns(density: NDArray[np.float64], solver: LineSolver) -> None:
    # Elimination runs down the rows, so that the inner loops are contiguous and vectorise; factors
    # are read before them, as the compiler cannot know that writing the density leaves them alone.
    rows, columns = density.shape
    scale = solver.scale[0]
    for j in range(columns):
        density[0, j] *= scale
    for i in range(1, rows):
        scale, carry = solver.scale[i], solver.carry[i]
        for j in range(columns):
            density[i, j] = density[i, j] * scale + carry * density[i - 1, j]
    for i in range(rows - 2, -1, -1):
        carry = solver.carry[i]
        for j in range(columns):
            density[i, j] += carry * density[i + 1, j]


@kernel
def _transpose(source: NDArray[np.float64], target: NDArray[np.float64]) -> None:
    # Blocks of two rows halve the time: each strided store is followed by its neighbour.
    size = source.shape[0]
    for i in range(0, size - 1, _TRANSPOSE_BLOCK):
        for j in range(size):
            for k in range(_TRANSPOSE_BLOCK):
                target[j, i + k] = source[i + k, j]
    if size % _TRANSPOSE_BLOCK:
        for j in range(size):
            target[j, size - 1] = source[size - 1, j]
