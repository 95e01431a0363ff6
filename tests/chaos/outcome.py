"""What two campaigns have in common, and what may differ between them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd
from pandas.testing import assert_frame_equal
from support.ledger import read_ledger

from chaos.campaign import DATASET
from theraflow.search.tables import AXIS, EVALUATION
from theraflow.work.ledger import schema
from theraflow.work.status import FINAL

# Measured in each run, and never the same twice.
_MEASURED: Final = ("wall_s", "cpu_s", "simulation_cpu", "inference_", "training_cpu", "speedup")
_MEASURED_TABLES: Final = ("timing.parquet",)


def finished_pieces(directory: Path) -> pd.Series:
    """Count how often each simulation, growth and search was finished."""
    attempts = read_ledger(directory)
    finished = attempts[attempts[schema.STATUS].isin(FINAL)]
    return finished.groupby([schema.WORK, schema.KEY]).size()


def assert_same_data(first: Path, second: Path) -> None:
    """Compare the data sets of two working directories, byte by byte."""
    assert (first / DATASET).read_bytes() == (second / DATASET).read_bytes()


def assert_same_tables(first: Path, second: Path) -> None:
    """Compare all tables of two results folders, less what is measured."""
    tables = sorted(_tables(first))
    assert tables == sorted(_tables(second))
    for table in tables:
        # Whether CSV files hold whole numbers depends on the rows that are left out.
        assert_frame_equal(
            _read(first / table), _read(second / table), check_dtype=False, obj=str(table)
        )


def _tables(results: Path) -> Iterator[Path]:
    for file in results.rglob("*"):
        is_table = file.suffix in {".parquet", ".csv"}
        if is_table and not file.name.endswith((".ledger.parquet", *_MEASURED_TABLES)):
            yield file.relative_to(results)


def _read(file: Path) -> pd.DataFrame:
    frame = pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)
    measured = [name for name in frame if name.startswith(_MEASURED) or "break_even" in name]
    if AXIS in frame:
        # What was found within some CPU time is measured as well.
        frame = frame[frame[AXIS] == EVALUATION].reset_index(drop=True)
    return frame.drop(columns=measured)
