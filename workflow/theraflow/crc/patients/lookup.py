"""One patient, looked up in a table of grown candidates."""

from pathlib import Path

import pandas as pd

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table
from theraflow.crc import tables
from theraflow.crc.patients.growth import Outcome, records

_REMEDY = "give patients.parquet or selected.parquet of the results"


def find_patient(file: Path, patient: str) -> dict[str, object]:
    """Return the row of a patient: a number of the selected ones, or the name of a candidate.

    Raises ``UserError`` for a file that is no such table, and when it has no such patient.
    """
    read_table(file, [tables.CANDIDATE, tables.OUTCOME, tables.START_DIAMETER_MM], _REMEDY)
    frame = read_table(file, None, _REMEDY).to_pandas()
    rows = frame[frame[tables.CANDIDATE] == patient]
    if tables.PATIENT in frame and rows.empty:
        rows = frame[frame[tables.PATIENT].astype(str) == patient]
    if rows.empty:
        raise UserError(f"patient {patient}: {file} has none of that name; {_examples(frame)}")
    (row,) = records(rows.head(1))
    return row


def find_admissible_patient(file: Path, patient: str) -> dict[str, object]:
    """Return the row of a patient that can be treated, as ``find_patient`` does.

    Raises ``UserError`` for one that has no state at therapy start, too.
    """
    row = find_patient(file, patient)
    if row[tables.OUTCOME] != Outcome.ADMISSIBLE:
        raise UserError(
            f"patient {patient}: not admissible ({row[tables.OUTCOME]}: "
            f"{row[tables.OUTCOME_DETAIL]}); choose one that is"
        )
    return row


def _examples(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "it is empty"
    names = frame[tables.CANDIDATE]
    known = f"its candidates are {names.iloc[0]} to {names.iloc[-1]}"
    if tables.PATIENT not in frame:
        return known
    return f"its patients are 1 to {frame[tables.PATIENT].max()}; {known}"
