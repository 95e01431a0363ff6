"""Sampling of virtual patients: distributions of their parameters, Latin hypercubes."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from theraflow.config.crc.patients import PatientsConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import derive_seed
from theraflow.crc.tables import CANDIDATE, INITIAL_DIAMETER_CM

_KINDS = ("lognormal", "loguniform", "uniform")


@dataclass(frozen=True)
class ParameterDistribution:
    """Distribution of one patient parameter.

    ``first`` and ``second`` are median and standard deviation of the logarithm of a lognormal,
    else lower and upper bound.
    """

    name: str
    kind: str
    first: float
    second: float

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which a patient lies with the given probabilities."""
        if self.kind == "lognormal":
            return np.asarray(self.first * np.exp(self.second * ndtri(probability)))
        if self.kind == "loguniform":
            return np.asarray(self.first * (self.second / self.first) ** probability)
        return np.asarray(self.first + (self.second - self.first) * probability)


def read_distributions(path: Path) -> list[ParameterDistribution]:
    """Read the table of patient parameters.

    Raises ``UserError`` for an unknown distribution, for bounds or spreads that make none, and
    when the initial diameter is missing.
    """
    with path.open(encoding="utf-8", newline="") as file:
        distributions = [_distribution(row, path) for row in csv.DictReader(file)]
    if INITIAL_DIAMETER_CM not in {distribution.name for distribution in distributions}:
        raise UserError(f"{path}: add a row for {INITIAL_DIAMETER_CM} (cm)")
    return distributions


def sample_patients(
    distributions: Sequence[ParameterDistribution], config: PatientsConfig
) -> pd.DataFrame:
    """Sample candidates, one row each: identifier and one column per parameter.

    The population is a sequence of Latin hypercubes of one batch each, so that asking for more
    candidates appends to it and changes none.
    """
    # Imported late: it takes half a second, which jobs that only read distributions need not spend.
    from scipy.stats import qmc

    hypercubes = [
        qmc.LatinHypercube(
            len(distributions),
            rng=np.random.default_rng(derive_seed({"patients": config.seed, "batch": batch})),
        ).random(config.batch_size)
        for batch in range(-(-config.candidates // config.batch_size))
    ]
    probabilities = np.concatenate(hypercubes)[: config.candidates]
    columns = {
        distribution.name: distribution.quantile(probabilities[:, index])
        for index, distribution in enumerate(distributions)
    }
    names = [f"{config.seed}-{number:06d}" for number in range(1, config.candidates + 1)]
    return pd.DataFrame({CANDIDATE: names, **columns})


def _distribution(row: dict[str, str], path: Path) -> ParameterDistribution:
    name, kind = row["id"], row["distribution"]
    if kind not in _KINDS:
        raise UserError(f"{path}: {name}: distribution '{kind}' is none of {', '.join(_KINDS)}")
    first, second = ("median", "sigma_ln") if kind == "lognormal" else ("low", "high")
    try:
        values = float(row[first]), float(row[second])
    except ValueError:
        raise UserError(f"{path}: {name}: give numbers for {first} and {second}") from None
    positive = values[0] > 0 or kind == "uniform"
    ordered = values[1] > 0 if kind == "lognormal" else values[1] > values[0]
    if not (positive and ordered):
        raise UserError(
            f"{path}: {name}: {first}={values[0]:g}, {second}={values[1]:g} make no {kind}"
        )
    return ParameterDistribution(name, kind, *values)
