"""One interface over everything that can simulate a spheroid."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.simulation import Simulation


class Engine(Protocol):
    """A simulator of the TNF spheroid; picklable, so that worker processes can receive it."""

    @property
    def label(self) -> str:
        """Human-readable name, version and settings: the ``engine`` column of every table."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides results: code, model constants, network, settings."""

    def warm_up(self) -> None:
        """Do once-per-process preparation (compilation) before simulations are timed or forked."""

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run one simulation.

        Returns counts of shape (hours + 1, 3): alive, apoptotic and necrotic cells at every full
        hour to its horizon. May raise ``AttemptError``, which tells the class of a failure.
        """
