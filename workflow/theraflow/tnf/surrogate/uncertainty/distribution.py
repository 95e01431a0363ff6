"""What an ensemble predicts: the mean count, the simulator's noise, and how well it knows both."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """Predicted counts of n simulations, in cells, each of shape (n, hours + 1, 3).

    ``tumor_radii_um`` (n,). ``mean``: expected count. ``noise_sd``: standard deviation of one
    simulation around it. ``spread_sd``: standard deviation of the members' means.
    """

    tumor_radii_um: NDArray[np.float64]
    mean: Counts
    noise_sd: Counts
    spread_sd: Counts

    @classmethod
    def of_members(
        cls, tumor_radii_um: NDArray[np.float64], means: Counts, noise_sds: Counts
    ) -> Self:
        """Join the predictions of members, (members, n, hours + 1, 3), as an even mixture.

        Raises ``ValueError`` for fewer than two members, which cannot disagree.
        """
        if len(means) < 2:
            raise ValueError("an ensemble needs two members or more")
        return cls(
            tumor_radii_um=tumor_radii_um,
            mean=np.maximum(means.mean(axis=0), 0),
            noise_sd=np.sqrt(np.square(noise_sds).mean(axis=0)),
            spread_sd=means.std(axis=0, ddof=1),
        )

    @property
    def simulation_sd(self) -> Counts:
        """Standard deviation of one simulation around the predicted mean: noise and spread."""
        return np.hypot(self.noise_sd, self.spread_sd)
