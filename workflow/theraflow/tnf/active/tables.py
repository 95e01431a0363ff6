"""Columns of the tables of active learning, with units."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.tnf import tables

DISAGREEMENT: Final = "disagreement_percent"

ROUND_SCHEMA: Final = pa.schema(
    [
        *(tables.TRAJECTORY_SCHEMA.field(name) for name in tables.POINT_COLUMNS),
        field(
            DISAGREEMENT,
            pa.float64(),
            "%",
            "standard deviation of the members' means, summed over cell types, relative to all "
            "cells, mean over full hours",
        ),
    ]
)

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "tnf/active/round_{round}/points.parquet": ROUND_SCHEMA,
    "tnf/active/batches/round_{round}_{tumours}.parquet": tables.TRAJECTORY_SCHEMA,
    "tnf/active/batches/round_{round}_{tumours}.ledger.parquet": tables.SIMULATION_LEDGER_SCHEMA,
}
