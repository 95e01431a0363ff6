"""The two files of a batch: trajectories, and the status of each simulation.

The trajectories (``TRAJECTORY_SCHEMA``) hold nothing that changes from run to run; CPU times and
failures are in the status table (``STATUS_SCHEMA``), one row per simulation.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from theraflow.campaign import tables
from theraflow.campaign.parquet import read_table, write_table
from theraflow.campaign.provenance import provenance
from theraflow.tnf.batches import Batch
from theraflow.tnf.engines import Engine, simulation_key, trajectory_table

_STATUS_SUFFIX: Final = ".status.parquet"
_REMEDY: Final = "delete it, and its batch is made again"


@dataclass(frozen=True)
class SimulationRecord:
    """What became of a simulation: counts of shape (25, 3), or the reason why there are none."""

    simulation_id: str
    status: str
    reason: str
    cpu_s: float
    counts: list[list[int]]


def status_path(batch_file: Path) -> Path:
    """Return where the status table lies that belongs to a file of trajectories."""
    return batch_file.with_suffix(_STATUS_SUFFIX)


def read_trajectories_of_batch(batch_file: Path) -> pa.Table:
    """Read the trajectories of a batch; raises ``UserError`` for a damaged file."""
    return read_table(batch_file, tables.TRAJECTORY_COLUMNS, _REMEDY)


def read_status_of_batch(batch_file: Path) -> pa.Table:
    """Read the status table of a batch; raises ``UserError`` for a damaged file."""
    return read_table(status_path(batch_file), tables.STATUS_SCHEMA.names, _REMEDY)


def write_batch(
    batch: Batch, records: Sequence[SimulationRecord], engine: Engine, batch_file: Path
) -> None:
    """Write both tables of a batch, the status last; ``records`` are in its order."""
    origin = provenance(
        {"engine": engine.label, "engine_fingerprint": engine.fingerprint}, ("numba", "numpy")
    )
    pairs = list(zip(batch.simulations, records, strict=True))
    status = [
        simulation_key(simulation, engine)
        | {tables.STATUS: record.status, tables.REASON: record.reason, tables.CPU_S: record.cpu_s}
        for simulation, record in pairs
    ]
    trajectories = [
        pa.Table.from_pandas(
            trajectory_table(simulation, np.array(record.counts), engine),
            schema=tables.TRAJECTORY_SCHEMA,
            preserve_index=False,
        )
        for simulation, record in pairs
        if record.status == tables.STATUS_OK
    ]
    no_trajectories = tables.TRAJECTORY_SCHEMA.empty_table()
    write_table(pa.concat_tables([no_trajectories, *trajectories]), batch_file, origin)
    status_table = pa.Table.from_pylist(status, schema=tables.STATUS_SCHEMA)
    write_table(status_table, status_path(batch_file), origin)


def find_finished(folder: Path, wanted: Collection[str]) -> Iterator[SimulationRecord]:
    """Yield those of the wanted simulations that batches in this folder have finished.

    An id hashes all that decides a result, so that a result found by its id is the result.
    """
    missing = set(wanted)
    for status_file in sorted(folder.glob(f"*{_STATUS_SUFFIX}")):
        batch_file = status_file.with_suffix("").with_suffix(".parquet")
        if not batch_file.exists():
            continue
        status = read_status_of_batch(batch_file).to_pandas().set_index(tables.SIMULATION_ID)
        cpu_s = status.loc[status[tables.STATUS] == tables.STATUS_OK, tables.CPU_S]
        found = missing.intersection(cpu_s.index)
        if not found:
            continue
        trajectories = read_trajectories_of_batch(batch_file).to_pandas()
        for name, rows in trajectories.groupby(tables.SIMULATION_ID):
            if name in found:
                counts = rows.sort_values(tables.TIME_MIN)[list(tables.CELL_TYPES)].to_numpy()
                yield SimulationRecord(
                    str(name), tables.STATUS_OK, "", float(cpu_s[name]), counts.tolist()
                )
        missing -= found
