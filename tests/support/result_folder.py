"""A folder of results with every table that a campaign may write, each with a few rows."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from theraflow.core.parquet import write_frame
from theraflow.report.columns import RESULT_TABLES

PROVENANCE = {
    "config": {"tnf": {"engine": {"name": "embedded"}}, "crc": {}},
    "git_commit": "0123abc",
    "versions": {"theraflow": "0.1.0"},
}


def write_result_folder(results: Path) -> None:
    """Write every table of the reference; names in braces become their own, as `month_1`."""
    for path, schema in RESULT_TABLES.items():
        columns = pa.schema([field.with_name(_filled(field.name)) for field in schema])
        frame = _rows(columns).assign(**OWN_ROWS.get(path, {}))
        file = results / _filled(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".csv":
            frame.to_csv(file, index=False)
        else:
            write_frame(frame, file, PROVENANCE, columns)


def _filled(name: str) -> str:
    return re.sub(r"\{(\w+)\}", r"\g<1>_1", name.replace("{seed}", "1"))


def _rows(schema: pa.Schema, number: int = 4) -> pd.DataFrame:
    """Make rows of any values."""
    values = {
        field.name: pa.array([_value(field.type, row) for row in range(number)], field.type)
        for field in schema
    }
    return pa.table(values, schema=schema).to_pandas()


def _value(dtype: pa.DataType, row: int) -> object:
    if pa.types.is_string(dtype):
        return f"name_{row}"
    if pa.types.is_boolean(dtype):
        return row % 2 == 0
    if pa.types.is_timestamp(dtype):
        return pd.Timestamp(2026, 11, 24, row, tz="UTC")
    return [float(row)] if pa.types.is_list(dtype) else row


# Two treatments, each with two replicates at the end and one at the start; two patients.
OWN_ROWS = {
    "tnf/dataset.parquet": {
        "tumor_radius_um": np.array([100, 100, 100, 100], np.int32),
        "pulse_period_min": np.array([60, 60, 60, 120], np.int32),
        "pulse_duration_min": np.array([10, 10, 10, 20], np.int32),
        "tnf_concentration": [0.5, 0.5, 0.5, 0.25],
        "time_min": np.array([0, 1440, 1440, 1440], np.int32),
        "alive": np.array([90, 40, 50, 70], np.int32),
    },
    "crc/comparison/best_therapies.parquet": {
        "subject": ["patient_1", "patient_1", "patient_2", "patient_2"],
        "algorithm": ["cma_es", "random", "cma_es", "random"],
        "objective": [40.0, 60.0, 80.0, 70.0],
    },
}
