"""Columns of the tables of snapshots, and where these lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.tnf import tables

CELL: Final = "cell"
X_UM: Final = "x_um"
Y_UM: Final = "y_um"
Z_UM: Final = "z_um"
CELL_RADIUS_UM: Final = "cell_radius_um"
PHASE: Final = "phase"
LYSED: Final = "lysed"
LOCAL_CONCENTRATION: Final = "local_concentration"

POSITION: Final = (X_UM, Y_UM, Z_UM)
# In the order of the engine's codes; the last are not counted in trajectories.
PHASES: Final = (*tables.CELL_TYPES, LYSED)

_KEY_FIELDS: Final = tuple(
    tables.TRAJECTORY_SCHEMA.field(name)
    for name in (
        tables.SIMULATION_ID,
        *tables.POINT_COLUMNS,
        tables.REPLICATE,
        tables.TIME_MIN,
    )
)
KEY_COLUMNS: Final = tuple(item.name for item in _KEY_FIELDS)


def _position_fields(of_what: str) -> list[pa.Field]:
    return [
        field(name, pa.float32(), "um", f"{name[0]} coordinate of {of_what}; 0 is the tumour's")
        for name in POSITION
    ]


CELLS_SCHEMA: Final = pa.schema(
    [
        *_KEY_FIELDS,
        field(CELL, pa.int64(), "", "number of the cell; a mother keeps hers"),
        *_position_fields("the cell's centre"),
        field(CELL_RADIUS_UM, pa.float32(), "um", "radius of the cell"),
        field(
            PHASE,
            pa.string(),
            "",
            "alive, apoptotic, necrotic, or lysed: burst, and counted no longer",
        ),
    ]
)
FIELD_SCHEMA: Final = pa.schema(
    [
        *_KEY_FIELDS,
        *_position_fields("the voxel's centre"),
        field(
            LOCAL_CONCENTRATION,
            pa.float32(),
            "relative",
            "TNF concentration in the voxel, as a part of that of a pulse with concentration 1",
        ),
    ]
)

CELLS: Final = "cells"
FIELD: Final = "field"
SNAPSHOT_TABLES: Final[Mapping[str, pa.Schema]] = {CELLS: CELLS_SCHEMA, FIELD: FIELD_SCHEMA}


def snapshot_paths(trajectories: Path) -> dict[str, Path]:
    """Return where the tables of snapshots lie that belong to a table of trajectories."""
    return {name: trajectories.with_suffix(f".{name}.parquet") for name in SNAPSHOT_TABLES}


RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    f"tnf/snapshots/radius_{{radius}}um.{name}.parquet": schema
    for name, schema in SNAPSHOT_TABLES.items()
}
"""Every table that the study writes, by its path below ``results``."""
