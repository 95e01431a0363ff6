"""Searches that have ended, read and checked."""

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_frames
from theraflow.crc import tables
from theraflow.crc.comparison.tables import SEARCHES_SCHEMA
from theraflow.crc.search.files import read_results
from theraflow.crc.therapy.schedules import schedule_of


def read_searches(
    result_files: Iterable[str | Path], patients: Collection[str], config: TherapyConfig
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read all searches, and the improvements of those for a therapy of one of the patients.

    The first frame has a row per search, columns as ``SEARCHES_SCHEMA``; the second has those of
    ``tables.IMPROVEMENTS_SCHEMA``, without searches for regimens and fronts. The first improvement
    of a search is evaluation 1, the reference therapy, to which the others are compared. Raises
    ``UserError`` naming a file where it is not, for a file that is missing or damaged, and where no
    search can be compared.
    """
    files = [Path(file) for file in result_files]
    searches = read_results(files).reindex(columns=SEARCHES_SCHEMA.names)
    compared = searches[tables.OBJECTIVE].notna() & searches[tables.SUBJECT].isin(patients)
    if not compared.any():
        raise UserError(
            "crc.search.algorithms: none searches one patient's therapy by one objective, so there "
            "is nothing to compare; add one that is no method for fronts, as cma-es"
        )
    improvements = [
        _read_improvements(file.with_suffix(".parquet"), config)
        for file, is_compared in zip(files, compared, strict=True)
        if is_compared
    ]
    return searches, pd.concat(improvements, ignore_index=True)


def _read_improvements(file: Path, config: TherapyConfig) -> pd.DataFrame:
    schedule = schedule_of(config)
    names = tables.parameter_columns(schedule.variables())
    frame = read_frames([file])
    first = frame[frame[tables.EVALUATION] == 1]
    if len(first) != 1 or not np.allclose(first[names], schedule.reference(), rtol=1e-9):
        raise UserError(
            f"{file}: improvement 1 is not the reference therapy, to which all others are "
            "compared; delete the file and its history, and loosen crc.search.search_solver "
            "where the reference cannot be simulated"
        )
    return frame
