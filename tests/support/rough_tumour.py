"""A tumour that is easy to learn but for strong TNF, where its fate hangs on the pulse period."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.simulation import Simulation, output_times_min

ROUGH_ABOVE = 0.7


@dataclass(frozen=True)
class RoughEngine:
    """Counts are Poisson's around what is expected."""

    label: str = "rough"
    fingerprint: str = "rough"

    def warm_up(self) -> None:
        pass

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        point = simulation.point
        days = output_times_min(simulation.horizon_min) / 1440
        cells = 20.0 * point.tumor_radius_um
        killed = 0.5 * days * np.ones_like(days)
        if point.tnf_concentration > ROUGH_ABOVE:
            killed = days * (0.5 + 0.45 * np.sign(np.sin(point.pulse_period_min / 25)))
        expected = cells * np.stack([1 - killed, 0.7 * killed, 0.3 * killed], axis=1)
        counts = np.random.default_rng(simulation.seed).poisson(expected)
        counts[0] = [cells, 0, 0]
        return counts
