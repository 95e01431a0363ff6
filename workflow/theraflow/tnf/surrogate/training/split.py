"""Division of trajectories by parameter point for training, validation and test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SplitConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.tnf.trajectories.arrays import Trajectories


@dataclass(frozen=True)
class Split:
    """Indices of simulations; ``test`` is what the evaluation sees.

    In a two-way split ``test`` equals ``validation``, as in the paper.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_point(trajectories: Trajectories, config: SplitConfig, seed: int) -> Split:
    """Divide simulations at random so that the replicates of a point stay together.

    Depends on the set of parameter points and the seed only. Raises ``UserError`` when a part
    would be empty.
    """
    points = trajectories.points
    n_points = int(points.max()) + 1
    try:
        _, n_validation, n_test = config.part_sizes(n_points)
    except UserError as error:
        raise UserError(f"tumor_radius_um={trajectories.tumor_radius_um}: {error}") from None
    key = {"use": "split", "seed": seed, "tumor_radius_um": trajectories.tumor_radius_um}
    order = np.random.default_rng(derive_seed(key)).permutation(n_points)
    test, validation, training = np.split(order, [n_test, n_test + n_validation])

    def simulations_of(chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.flatnonzero(np.isin(points, chosen))

    return Split(
        training=simulations_of(training),
        validation=simulations_of(validation),
        test=simulations_of(test if n_test else validation),
    )
