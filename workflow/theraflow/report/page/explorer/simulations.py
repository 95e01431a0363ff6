"""Simulations that the page shows beside predictions: a fair sample of the data set."""

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from theraflow.report.page.explorer.widget import packed
from theraflow.report.page.results import Results
from theraflow.tnf import tables

_SPLIT: Final = "tnf/surrogates/general/split.parquet"
_MOST: Final = 300
_UNSEEN: Final = "test"


def sampled_simulations(results: Results, hours: int) -> dict[str, Any] | None:
    """Return simulations as points, counts (base64, n x (hours + 1) x 3), and who was trained on.

    None where there is no data set, or no division of it into parts, or it is damaged. Names of
    simulations are hashes, so the first in their order are a random sample.
    """
    split = results.table(_SPLIT)
    files = results.trajectory_tables()
    if split is None or not files:
        return None
    chosen = split.sort_values(tables.SIMULATION_ID).drop_duplicates(tables.SIMULATION_ID)
    parts = chosen.head(_MOST).set_index(tables.SIMULATION_ID)[tables.PART]
    try:
        rows = _read([str(results.folder / file) for file in files], parts.index.tolist())
    except (pa.ArrowInvalid, OSError) as error:
        results.note_damage(", ".join(files), error)
        return None
    complete = rows.groupby(tables.SIMULATION_ID)[tables.TIME_MIN].transform("size") == hours + 1
    rows = rows[complete].sort_values([tables.SIMULATION_ID, tables.TIME_MIN])
    if rows.empty:
        return None
    first = rows.drop_duplicates(tables.SIMULATION_ID)
    counts = rows[list(tables.CELL_TYPES)].to_numpy(np.uint32)
    return {
        "points": first[list(tables.POINT_COLUMNS)].to_numpy(float).tolist(),
        "unseen": (parts[first[tables.SIMULATION_ID]] == _UNSEEN).tolist(),
        "counts": packed(counts, "<u4"),
        "total": int(split[tables.SIMULATION_ID].nunique()),
    }


def _read(files: list[str], simulations: list[str]) -> pd.DataFrame:
    """Read these simulations only: a campaign's tables may be larger than memory."""
    columns = [
        tables.SIMULATION_ID,
        *tables.POINT_COLUMNS,
        tables.TIME_MIN,
        *tables.CELL_TYPES,
    ]
    wanted = ds.field(tables.SIMULATION_ID).isin(pa.array(simulations, pa.string()))
    table = ds.dataset(files).to_table(columns=columns, filter=wanted)
    frame: pd.DataFrame = table.to_pandas()
    return frame
