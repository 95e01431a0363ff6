"""The two files of a batch: trajectories, and the ledger of the attempts at its simulations.

The trajectories (``TRAJECTORY_SCHEMA``) hold nothing that changes from run to run; times, hosts
and failures are in the ledger (``SIMULATION_LEDGER_SCHEMA``), one row per attempt.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table, write_table
from theraflow.core.provenance import provenance
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import Batch
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.tables import simulation_key, trajectory_table
from theraflow.tnf.simulation import simulation_id
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row
from theraflow.work.ledger.files import DAMAGED_BATCH_REMEDY, LEDGER_SUFFIX, ledger_path
from theraflow.work.status import Status

log = logging.getLogger(__name__)

# Alive, apoptotic and necrotic cells at the output times: shape (hours + 1, 3).
Counts = list[list[int]]


@dataclass(frozen=True)
class FinishedSimulation:
    """A simulation that another run has finished, with its row of that run's ledger."""

    simulation_id: str
    counts: Counts
    row: Row


def read_trajectories_of_batch(batch_file: Path) -> pa.Table:
    """Read the trajectories of a batch; raises ``UserError`` for a damaged file."""
    return read_table(batch_file, tables.TRAJECTORY_COLUMNS, DAMAGED_BATCH_REMEDY)


def read_ledger_of_batch(batch_file: Path) -> pa.Table:
    """Read the ledger of a batch; raises ``UserError`` for a damaged file."""
    return read_table(
        ledger_path(batch_file), tables.SIMULATION_LEDGER_SCHEMA.names, DAMAGED_BATCH_REMEDY
    )


def write_batch(
    batch: Batch,
    counts: Mapping[str, Counts],
    rows: Sequence[Row],
    engine: Engine,
    batch_file: Path,
) -> None:
    """Write both tables of a batch, the one that says to Snakemake that it is done last.

    ``counts`` are those of successful simulations by id, ``rows`` the attempts at any of its
    simulations; the tables keep the order of the batch. Others are left out: a batch that is not
    named by its content, as that of a round, may have had them.
    """
    origin = provenance(
        {"engine": engine.label, "engine_fingerprint": engine.fingerprint}, ("numba", "numpy")
    )
    members = {simulation_id(item, engine.fingerprint): item for item in batch.simulations}
    places = {name: place for place, name in enumerate(members)}
    ledger = [
        simulation_key(members[row[schema.KEY]], engine) | row
        for row in sorted(
            (row for row in rows if row[schema.KEY] in places),
            key=lambda row: (places[row[schema.KEY]], row[schema.ATTEMPT]),
        )
    ]
    ledger_table = pa.Table.from_pylist(ledger, schema=tables.SIMULATION_LEDGER_SCHEMA)
    write_table(ledger_table, ledger_path(batch_file), origin)
    done = [name for name in members if name in counts]
    trajectories = trajectory_table(
        [members[name] for name in done], [counts[name] for name in done], engine
    )
    write_table(trajectories, batch_file, origin)


def find_finished(
    folder: Path, wanted: Collection[str], elsewhere: Collection[str]
) -> Iterator[FinishedSimulation]:
    """Yield those of the wanted simulations that batches in this folder have finished.

    An id hashes all that decides a result, so that a result found by its id is the result.
    ``elsewhere`` names batches that hold other simulations: a folder of thousands of them is not
    read for each of them. From a damaged batch nothing is taken over.
    """
    missing = set(wanted)
    for ledger_file in sorted(folder.glob(f"*{LEDGER_SUFFIX}")):
        if not missing:
            return
        batch_id = ledger_file.name.removesuffix(LEDGER_SUFFIX)
        batch_file = folder / f"{batch_id}.parquet"
        if batch_id in elsewhere or not batch_file.exists():
            continue
        try:
            ledger = read_ledger_of_batch(batch_file).select(schema.LEDGER_SCHEMA.names)
            rows = {
                row[schema.KEY]: row
                for row in ledger.to_pylist()
                if row[schema.STATUS] == Status.OK and row[schema.KEY] in missing
            }
            if not rows:
                continue
            trajectories = read_trajectories_of_batch(batch_file).to_pandas()
        except UserError as damage:
            log.warning("nothing is taken over from a damaged batch: %s", damage)
            continue
        for name, times in trajectories.groupby(tables.SIMULATION_ID):
            if name in rows:
                counts = times.sort_values(tables.TIME_MIN)[list(tables.CELL_TYPES)].to_numpy()
                yield FinishedSimulation(str(name), counts.tolist(), rows[name])
        missing -= rows.keys()
