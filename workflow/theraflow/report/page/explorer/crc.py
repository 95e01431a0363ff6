"""The explorer of patients: the front, and the doses and the course of every verified therapy."""

import shlex
from typing import Any, Final

import pandas as pd

from theraflow.crc import tables
from theraflow.crc.comparison import tables as comparison
from theraflow.crc.comparison.fronts import tables as fronts
from theraflow.report.figures.crc.conventions import title_of
from theraflow.report.page.blocks import Block, Missing, Section, Text
from theraflow.report.page.explorer.widget import explorer
from theraflow.report.page.noted_config import CONFIG_NAME
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import records
from theraflow.report.page.words import number, plain

_FOLDER: Final = "crc/fronts"
# Of about 40 kB each.
_MOST_PATIENTS: Final = 25
_SHOWN: Final = (fronts.MERGED, tables.REFERENCE, tables.UNTREATED)


def crc_explorer(results: Results) -> Section:
    """Let readers try the therapies of a patient's front."""
    data = explorer_data(results)
    told: list[Block] = [
        Text(
            "Drugs against inefficacy, a patient at a time. Choose a therapy on the front: its "
            "weekly doses and the tumour under it appear. All were simulated by COPASI at tight "
            "tolerances. Below and left of the reference, a therapy does better with less."
        )
    ]
    if not data["patients"]:
        told = [
            Missing(
                "Not computed: the therapies of the fronts have not been simulated for their "
                "courses. With them, the therapies of a patient can be tried here."
            )
        ]
    else:
        told.append(explorer("crc", data, ("crc.js",)))
    if data["left_out"]:
        told.append(
            Missing(f"Not shown here: {data['left_out']} more patients, to keep the page small.")
        )
    return Section("crc-try", "Try a therapy", tuple(told))


def explorer_data(results: Results) -> dict[str, Any]:
    """Gather what the explorer's script reads: the patients whose courses there are."""
    files = results.files(f"{_FOLDER}/courses/patient_*.parquet")
    numbers = sorted(int(file.stem.removeprefix("patient_")) for file in files)
    told = [_patient(results, patient) for patient in numbers[:_MOST_PATIENTS]]
    patients = [each for each in told if each is not None]
    return {
        "patients": patients,
        "opens_on": _falls_furthest(patients),
        "left_out": len(numbers) - len(numbers[:_MOST_PATIENTS]),
        "export_command": _export_command(results),
    }


def _falls_furthest(patients: list[dict[str, Any]]) -> str:
    """Name the patient whose inefficacy falls furthest with no more drugs than the reference."""

    def least_inefficacy(patient: dict[str, Any]) -> float:
        allowed = [each["inefficacy"] for each in patient["therapies"] if each["drugs"] <= 100]
        return min(allowed, default=100.0)

    return min(patients, key=least_inefficacy)["name"] if patients else ""


def _patient(results: Results, patient: int) -> dict[str, Any] | None:
    name = f"patient_{patient}"
    front = results.table(f"{_FOLDER}/{name}.parquet")
    courses = results.table(f"{_FOLDER}/courses/{name}.parquet")
    doses = results.table(f"{_FOLDER}/doses/{name}.parquet")
    if front is None or courses is None or doses is None:
        return None
    rows = front[front[fronts.FRONT].isin(_SHOWN)]
    merged = rows[rows[fronts.FRONT] == fronts.MERGED]
    axes = merged[[fronts.RELATIVE_INEFFICACY_PERCENT, tables.DRUG_QUANTITY_PERCENT]]
    simulated = rows[rows.index.isin(courses[fronts.FRONT_ROW])]
    days = courses[comparison.TIME_DAYS].drop_duplicates()
    therapies = [
        _therapy(int(row), numbers, courses, doses)
        for row, numbers in zip(simulated.index, records(simulated), strict=True)
    ]
    return {
        "name": name,
        "number": patient,
        "label": _label(name, therapies),
        "front": axes.round(3).to_numpy().tolist(),
        "days": days.round(2).tolist(),
        "therapies": therapies,
    }


def _therapy(
    row: int, numbers: dict[str, Any], courses: pd.DataFrame, doses: pd.DataFrame
) -> dict[str, Any]:
    course = courses.loc[courses[fronts.FRONT_ROW] == row, tables.DIAMETER_MM]
    weeks = doses[doses[fronts.FRONT_ROW] == row]
    algorithm = numbers[tables.ALGORITHM]
    return {
        "row": row,
        "kind": numbers[fronts.FRONT],
        "inefficacy": float(numbers[fronts.VERIFIED_INEFFICACY_PERCENT]),
        "drugs": float(numbers[tables.DRUG_QUANTITY_PERCENT]),
        "drug_shares": [float(numbers[name]) for name in tables.DRUG_PERCENT],
        "found_by": title_of(algorithm) if isinstance(algorithm, str) else "",
        "parameters": {
            name.removeprefix(tables.PARAMETER_PREFIX): float(value)
            for name, value in numbers.items()
            if name.startswith(tables.PARAMETER_PREFIX)
        },
        "diameter_mm": course.round(3).tolist(),
        "doses_mg": [weeks[name].round(2).tolist() for name in comparison.DRUG_DOSE_MG],
    }


def _label(name: str, therapies: list[dict[str, Any]]) -> str:
    """Name a patient, with the fewest drugs that do no worse than the reference."""
    enough = [each["drugs"] for each in therapies if each["inefficacy"] <= 100]
    fewest = min(enough, default=100.0)
    return plain(name) if fewest >= 100 else f"{plain(name)}: {number(fewest)} % of drugs suffice"


def _export_command(results: Results) -> str:
    folder = results.folder_in_commands
    options = [f"--patients {shlex.quote(f'{folder}/crc/patients/selected.parquet')}"]
    if results.has(CONFIG_NAME):
        options.insert(0, f"--config {shlex.quote(f'{folder}/{CONFIG_NAME}')}")
    return " ".join(["theraflow crc export", *options])
