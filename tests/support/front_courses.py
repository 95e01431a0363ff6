"""Fronts of two patients with courses and doses, for pages about them."""

from pathlib import Path

import numpy as np
import pandas as pd

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.columns import expanded
from theraflow.core.parquet import write_frame
from theraflow.crc.comparison.fronts.courses import front_doses, verified_therapies
from theraflow.crc.comparison.fronts.tables import (
    FRONT_COURSES_SCHEMA,
    FRONT_DOSES_SCHEMA,
    FRONTS_SCHEMA,
)
from theraflow.crc.tables import parameter_columns
from theraflow.crc.therapy.schedules import schedule_of

CONFIG = TherapyConfig()
DAYS = np.arange(0.0, 401, 50)


def write_fronts(results: Path) -> dict[int, pd.DataFrame]:
    """Write what the explorer of patients reads; return the front of each patient."""
    return {patient: _write(results, patient) for patient in (1, 2)}


def _write(results: Path, patient: int) -> pd.DataFrame:
    front = _front(patient)
    folder = results / "crc/fronts"
    for sub in ("courses", "doses"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    name = f"patient_{patient}.parquet"
    write_frame(front, folder / name, {}, expanded(FRONTS_SCHEMA, front.columns))
    therapies = verified_therapies(front, CONFIG)
    rows = [int(each.name) for each in therapies]
    courses = pd.DataFrame(
        {
            "front_row": np.repeat(rows, len(DAYS)).astype(np.int32),
            "time_days": np.tile(DAYS, len(rows)),
            "diameter_mm": np.concatenate([20 + (row + 1) * DAYS / 100 for row in rows]),
            "relative_diameter": 1.0,
        }
    )
    doses = front_doses(therapies)
    for frame, file, schema in (
        (courses, folder / "courses" / name, FRONT_COURSES_SCHEMA),
        (doses, folder / "doses" / name, FRONT_DOSES_SCHEMA),
    ):
        frame.insert(0, "subject", f"patient_{patient}")
        write_frame(frame, file, {}, schema)
    return front


def _front(patient: int) -> pd.DataFrame:
    """Five points, the third of which was not verified; then the reference and no therapy."""
    schedule = schedule_of(CONFIG)
    share = np.array([0.9, 0.6, 0.5, 0.3, 0.1, 1.0, 0.0])
    inefficacy = np.array([80.0, 95, 100, 120, 150, 100, 400]) + 10 * (patient - 1)
    verified = np.where(np.arange(7) == 2, np.nan, inefficacy)
    front = pd.DataFrame(
        {
            "subject": f"patient_{patient}",
            "front": ["merged"] * 5 + ["reference", "untreated"],
            "algorithm": ["cma_es"] * 5 + [None, None],
            "seed": pd.array([1] * 5 + [None, None], dtype="Int64"),
            "evaluation": pd.array([*range(5), None, None], dtype="Int64"),
            "relative_inefficacy_percent": inefficacy,
            "inefficacy": inefficacy,
            "drug_quantity_percent": 100 * share,
            "atezolizumab_percent": 100 * share,
            "cibisatamab_percent": 100 * share,
            "objective": inefficacy,
            "diameter_mm": 30.0,
            "verified_relative_inefficacy_percent": verified,
            "verified_diameter_mm": np.where(np.isnan(verified), np.nan, 30.0),
            "relative_gap": 0.0,
        }
    )
    reference = schedule.reference()
    for variable, name, value in zip(
        schedule.variables(), parameter_columns(schedule.variables()), reference, strict=True
    ):
        front[name] = float(value) if variable.is_integer else share * float(value)
    return front
