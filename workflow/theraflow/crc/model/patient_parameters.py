"""How the model's parameters differ between patients: a distribution of each, read from a table."""

import csv
from dataclasses import dataclass
from pathlib import Path

from theraflow.core.errors import UserError
from theraflow.crc.tables import INITIAL_DIAMETER_CM

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
