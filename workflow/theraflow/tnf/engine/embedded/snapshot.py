"""What can be seen of a spheroid at one time: its cells and the TNF field."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.cells import Cells


@dataclass(frozen=True)
class Snapshot:
    """Cells and TNF field of a spheroid.

    ``cell`` (cells,) numbers them for as long as they exist; a mother keeps her number. Positions
    have the shape (cells, 3), um. ``phase`` (cells,) is one of ``cells.ALIVE`` to ``cells.LYSED``.
    ``tnf`` is the density (layers, rows, columns) = (z, y, x), in the model's unit.
    """

    time_min: int
    cell: NDArray[np.int64]
    position_um: NDArray[np.float32]
    radius_um: NDArray[np.float32]
    phase: NDArray[np.int8]
    tnf: NDArray[np.float32]


def take_snapshot(
    time_min: int, cells: Cells, count: int, density: NDArray[np.float64], is_transposed: bool
) -> Snapshot:
    """Copy what a snapshot shows of the first ``count`` cells, and of the field."""
    shown = np.asarray(cells)[:count]
    in_space = density.transpose(0, 2, 1) if is_transposed else density
    return Snapshot(
        time_min,
        shown["number"].copy(),
        np.stack([shown[name] for name in ("x_um", "y_um", "z_um")], axis=1).astype(np.float32),
        shown["radius_um"].astype(np.float32),
        shown["phase"].astype(np.int8),
        in_space.astype(np.float32),
    )
