"""Division of parameter points for training, validation and test.

It depends on the points and the seed alone, so that it is known before anything is simulated;
planning reads this module, which therefore imports nothing heavy. Simulations that active learning
adds are chosen by what surrogates do not know: they train, and steer and test nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import SplitConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed

Part = Literal["training", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = ("training", "validation", "test")
# Beyond every replicate of designs and noise floor, so that added simulations share no seed with
# them and can be told by it.
ADDED_FIRST_REPLICATE: Final = 200_000


@dataclass(frozen=True)
class Split:
    """Indices of points, or of simulations; ``test`` is what the evaluation sees.

    In a two-way split ``test`` equals ``validation``, as in the paper.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    def among(self, members: NDArray[np.int64], added: NDArray[np.int64]) -> Self:
        """Return the division of the data set that has these members, trained on those added."""
        training = np.sort(np.concatenate([members[self.training], added]))
        return type(self)(training, members[self.validation], members[self.test])


def planned_and_added(
    replicates: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tell simulations of the designs from those that active learning has added, by replicate."""
    is_added = replicates >= ADDED_FIRST_REPLICATE
    return np.flatnonzero(~is_added), np.flatnonzero(is_added)


def part_sizes(points: int, config: SplitConfig) -> tuple[int, int, int]:
    """Divide a number of points: those for training, for validation and for test.

    Raises ``UserError`` when a part that the split asks for would be empty.
    """
    test = round(config.test_fraction * points)
    validation = round((config.test_fraction + config.validation_fraction) * points) - test
    training = points - test - validation
    if training < 1 or validation < 1 or (config.test_fraction > 0 and test < 1):
        raise UserError(
            f"{points} parameter points are too few to train, validate and test a surrogate; "
            "add points to the design"
        )
    return training, validation, test


def split_points(points: int, tumor_radius_um: int | None, config: SplitConfig, seed: int) -> Split:
    """Divide the points of one radius at random, numbered in the order of their parameters.

    Without a radius: points whose radius was drawn with their parameters. Raises ``UserError`` when
    a part would be empty.
    """
    try:
        _, n_validation, n_test = part_sizes(points, config)
    except UserError as error:
        raise UserError(f"{_tumours(tumor_radius_um)}: {error}") from None
    key = {"use": "split", "seed": seed, "tumor_radius_um": tumor_radius_um}
    order = np.random.default_rng(derive_seed(key)).permutation(points)
    test, validation, training = np.split(order, [n_test, n_test + n_validation])
    return Split(training, validation, test if n_test else validation)


def split_by_point(
    parameters: NDArray[np.float64],
    tumor_radius_um: int | None,
    config: SplitConfig,
    seed: int,
    *,
    design: NDArray[np.float64] | None = None,
) -> Split:
    """Divide the simulations of one radius so that the replicates of a point stay together.

    ``parameters`` (n, 3) are those of the simulations. ``design`` (m, 3) are all points that were
    to be simulated, among them those that failed: with it, no failure moves another point to
    another part. Without it, the points are those of the simulations. Without a radius, it comes
    before the other parameters, (n, 4) and (m, 4). Raises ``UserError`` when a part would be empty,
    and for a simulation that is not of the design.
    """
    points = np.unique(parameters if design is None else design, axis=0)
    of_points = split_points(len(points), tumor_radius_um, config, seed)
    numbers = {point: number for number, point in enumerate(map(tuple, points.tolist()))}
    try:
        simulated = np.array([numbers[point] for point in map(tuple, parameters.tolist())])
    except KeyError as stranger:
        raise UserError(
            f"{_tumours(tumor_radius_um)}: the point {stranger} is not in tnf.designs; gather the "
            "data set again"
        ) from None

    def simulations_of(part: Part) -> NDArray[np.int64]:
        chosen = np.flatnonzero(np.isin(simulated, getattr(of_points, part)))
        if not len(chosen):
            raise UserError(
                f"{_tumours(tumor_radius_um)}: no simulation for {part} succeeded; "
                "`theraflow ledger` says why, `snakemake retry_failed` tries again"
            )
        return chosen

    return Split(*map(simulations_of, PARTS))


def _tumours(tumor_radius_um: int | None) -> str:
    return "drawn radii" if tumor_radius_um is None else f"tumor_radius_um={tumor_radius_um}"
