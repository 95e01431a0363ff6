"""Snapshots of simulations as tables: taken on the way, joined afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from theraflow.core.parquet import read_table, table_writer, write_table
from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
from theraflow.tnf.engine.embedded.field import voxel_centres_um
from theraflow.tnf.engine.embedded.snapshot import Snapshot
from theraflow.tnf.engine.tables import simulation_key
from theraflow.tnf.simulation import Simulation, simulation_id
from theraflow.tnf.snapshots import tables
from theraflow.tnf.tables import TIME_MIN


@dataclass(frozen=True)
class RecordingEngine:
    """The embedded engine, which writes snapshots of each simulation beside counting its cells.

    See ``theraflow.tnf.engine.interface.Engine``: label, fingerprint and counts are the engine's.
    The tables of a simulation come into ``folder``, under its id.
    """

    engine: EmbeddedEngine
    times_min: tuple[int, ...]
    folder: Path

    @property
    def label(self) -> str:
        """Name of the engine."""
        return self.engine.label

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the engine: snapshots change no count."""
        return self.engine.fingerprint

    def warm_up(self) -> None:
        """Compile the kernels, or load them."""
        self.engine.warm_up()

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run one simulation and write its snapshots; returns counts of shape (hours + 1, 3)."""
        counts, snapshots = record_snapshots(simulation, self.engine, self.times_min)
        for name, table in snapshots.items():
            write_table(table, self.piece(simulation, name), {})
        return counts

    def piece(self, simulation: Simulation, name: str) -> Path:
        """Return where a table of one simulation lies."""
        return self.folder / f"{simulation_id(simulation, self.fingerprint)}.{name}.parquet"


def join_snapshots(
    simulations: Sequence[Simulation],
    engine: RecordingEngine,
    paths: Mapping[str, Path],
    provenance: Mapping[str, Any],
) -> None:
    """Join the tables of the simulations that have any, one after the other, to one of each kind.

    ``paths`` has the keys of ``SNAPSHOT_TABLES``.
    """
    for name, schema in tables.SNAPSHOT_TABLES.items():
        with table_writer(paths[name], schema, provenance) as writer:
            for simulation in simulations:
                piece = engine.piece(simulation, name)
                # A simulation that failed has left none.
                if piece.exists():
                    writer.write_table(read_table(piece, schema.names, "simulate again"))


def record_snapshots(
    simulation: Simulation, engine: EmbeddedEngine, times_min: Sequence[int]
) -> tuple[NDArray[np.int64], dict[str, pa.Table]]:
    """Run one simulation; returns its counts (hours + 1, 3) and its ``SNAPSHOT_TABLES``."""
    counts, snapshots = engine.simulate_with_snapshots(simulation, times_min)
    of_kind = {tables.CELLS: _cell_columns, tables.FIELD: _field_columns}
    return counts, {
        name: pa.concat_tables(
            [
                _with_key(of_kind[name](snapshot, engine), snapshot, simulation, engine, schema)
                for snapshot in snapshots
            ]
        )
        for name, schema in tables.SNAPSHOT_TABLES.items()
    }


def _with_key(
    columns: dict[str, Any],
    snapshot: Snapshot,
    simulation: Simulation,
    engine: EmbeddedEngine,
    schema: pa.Schema,
) -> pa.Table:
    key = {**simulation_key(simulation, engine), TIME_MIN: snapshot.time_min}
    rows = len(next(iter(columns.values())))
    for name in tables.KEY_COLUMNS:
        columns[name] = pa.repeat(pa.scalar(key[name], schema.field(name).type), rows)
    return pa.table(columns).select(schema.names).cast(schema)


def _cell_columns(snapshot: Snapshot, _: EmbeddedEngine) -> dict[str, Any]:
    return {
        tables.CELL: snapshot.cell,
        **dict(zip(tables.POSITION, snapshot.position_um.T, strict=True)),
        tables.CELL_RADIUS_UM: snapshot.radius_um,
        tables.PHASE: np.array(tables.PHASES)[snapshot.phase],
    }


def _field_columns(snapshot: Snapshot, engine: EmbeddedEngine) -> dict[str, Any]:
    constants = engine.model.constants
    along_axis = voxel_centres_um(constants.domain)
    layers = along_axis if engine.dimension == 3 else np.zeros(1)
    z, y, x = np.meshgrid(layers, along_axis, along_axis, indexing="ij")
    # Without a source there is no TNF to divide.
    unit = constants.tnf_field.density_per_concentration or 1.0
    return {
        tables.X_UM: x.ravel(),
        tables.Y_UM: y.ravel(),
        tables.Z_UM: z.ravel(),
        tables.LOCAL_CONCENTRATION: snapshot.tnf.ravel() / np.float32(unit),
    }
