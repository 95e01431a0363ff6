"""One patient, looked up in a table of grown candidates."""

from pathlib import Path

import pandas as pd

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table
from theraflow.crc import tables
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.patients.growth import Grower, Outcome, demand_parameters, records

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


def with_amounts(
    row: dict[str, object], model: StudyModel, conditions: GrowthConditions
) -> dict[str, object]:
    """Return the row of an admissible patient with all amounts at therapy start.

    A patient whom the compiled model has grown is grown by COPASI, which takes some seconds. Raises
    ``UserError`` for a patient of another model, and for one whom COPASI finds not admissible.
    """
    if any(name.startswith(tables.AMOUNT_PREFIX) for name in row):
        return row
    demand_parameters(row, model)
    grown = Grower(model, conditions).grow(row)
    if grown[tables.OUTCOME] != Outcome.ADMISSIBLE:
        raise UserError(
            f"patient {row[tables.CANDIDATE]}: not admissible when COPASI grows it "
            f"({grown[tables.OUTCOME]}: {grown[tables.OUTCOME_DETAIL]}); choose another one"
        )
    return grown


def _examples(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "it is empty"
    names = frame[tables.CANDIDATE]
    known = f"its candidates are {names.iloc[0]} to {names.iloc[-1]}"
    if tables.PATIENT not in frame:
        return known
    return f"its patients are 1 to {frame[tables.PATIENT].max()}; {known}"
