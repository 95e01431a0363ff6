"""The division of a data set, stored by ids of simulations beside the surrogate it was made for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa

from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.core.parquet import read_table, write_table
from theraflow.tnf import tables
from theraflow.tnf.surrogate.training.split import PARTS, Split
from theraflow.tnf.trajectories.arrays import Trajectories

SPLIT_NAME: Final = "split.parquet"


@dataclass(frozen=True)
class SimulationSplit:
    """Ids of the simulations of each part; those of a two-way split are in two of them."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @classmethod
    def of(cls, trajectories: Trajectories, split: Split) -> Self:
        """Name the simulations that a split numbers."""
        ids = trajectories.simulation_ids
        return cls(*(tuple(ids[getattr(split, part)].tolist()) for part in PARTS))

    @property
    def simulation_ids(self) -> set[str]:
        """Name the simulations of all parts."""
        return {*self.training, *self.validation, *self.test}

    @property
    def content_hash(self) -> str:
        """Name the split by its ids, in whatever order."""
        return content_hash({part: sorted(ids) for part, ids in asdict(self).items()})


def write_split(split: SimulationSplit, directory: Path, provenance: Mapping[str, Any]) -> None:
    """Write ``split.parquet``: a row per simulation and part, atomically."""
    rows = [
        {tables.SIMULATION_ID: simulation_id, tables.PART: part}
        for part, ids in asdict(split).items()
        for simulation_id in ids
    ]
    table = pa.Table.from_pylist(rows, tables.SPLIT_SCHEMA)
    write_table(table, directory / SPLIT_NAME, provenance)


def read_split(directory: Path) -> SimulationSplit:
    """Read ``split.parquet``; raises ``UserError`` when it is missing or damaged."""
    path = directory / SPLIT_NAME
    remedy = "train the surrogate again"
    rows = read_table(path, tables.SPLIT_SCHEMA.names, remedy).to_pylist()
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for row in rows:
        if row[tables.PART] not in parts:
            raise UserError(f"{path}: there is no part {row[tables.PART]!r}; {remedy}")
        parts[row[tables.PART]].append(row[tables.SIMULATION_ID])
    return SimulationSplit(*(tuple(parts[part]) for part in PARTS))
