"""The embedded engine behind the interface that all simulators share."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.engines import Dimension
from theraflow.core.identity import content_hash
from theraflow.tnf.engine.embedded.simulate import simulate_spheroid, simulate_with_snapshots
from theraflow.tnf.engine.embedded.snapshot import Snapshot
from theraflow.tnf.model.spheroid import SpheroidModel
from theraflow.tnf.model.time_steps import TimeSteps
from theraflow.tnf.simulation import ParameterPoint, Simulation

log = logging.getLogger(__name__)

_WARM_UP_POINT = ParameterPoint(
    tumor_radius_um=20, pulse_period_min=60, pulse_duration_min=10, tnf_concentration=0.5
)


@dataclass(frozen=True)
class EmbeddedEngine:
    """A model and its time steps, ready to simulate; see ``interface.Engine``."""

    model: SpheroidModel
    time_steps: TimeSteps
    fingerprint: str
    dimension: Dimension = 2

    @property
    def label(self) -> str:
        """Name, dimension of space if it is not 2, time steps and fingerprint."""
        space = "" if self.dimension == 2 else f"{self.dimension}D "
        return f"embedded {space}{self.time_steps.name} {self.fingerprint}"

    def warm_up(self) -> None:
        """Compile the kernels, or load them from numba's cache on disk."""
        log.info("preparing %s; the first use on a machine compiles it", self.label)
        simulate_spheroid(self.model, _WARM_UP_POINT, 0, self.time_steps)

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run one simulation; returns counts of shape (hours + 1, 3)."""
        return simulate_spheroid(
            self.model,
            simulation.point,
            simulation.seed,
            self.time_steps,
            simulation.horizon_min,
            self.dimension,
        )

    def simulate_with_snapshots(
        self, simulation: Simulation, times_min: Sequence[int]
    ) -> tuple[NDArray[np.int64], list[Snapshot]]:
        """Run one simulation; returns the same counts, and a snapshot at each of the times."""
        return simulate_with_snapshots(
            self.model,
            simulation.point,
            simulation.seed,
            self.time_steps,
            simulation.horizon_min,
            self.dimension,
            times_min,
        )

    def with_birth_rate(self, birth_per_min: float) -> "EmbeddedEngine":
        """Return an engine with another birth rate (1/min), and so another fingerprint."""
        return replace(
            self,
            model=self.model.with_birth_rate(birth_per_min),
            fingerprint=content_hash({"engine": self.fingerprint, "birth_per_min": birth_per_min}),
        )
