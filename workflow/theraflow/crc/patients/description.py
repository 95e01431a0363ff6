"""A patient as a table for people: its outcome, its arms, its parameters."""

import csv
from collections.abc import Mapping

import pandas as pd

from theraflow.core.files import find_file
from theraflow.crc import tables


def describe_patient(row: Mapping[str, object], parameters_file: str) -> pd.DataFrame:
    """Return columns quantity, value and unit; the amounts of the species at t0 are left out.

    ``row`` is one of ``grow_batch``; ``parameters_file`` tells the units of the parameters.
    """
    with find_file(parameters_file, "table of patient parameters").open(encoding="utf-8") as file:
        units = {item["id"]: item.get("unit") or "" for item in csv.DictReader(file)}
    units |= {
        column.name: column.metadata[b"unit"].decode()
        for column in tables.SELECTED_SCHEMA
        if "{" not in column.name
    }
    shown = [name for name in row if not name.startswith(tables.AMOUNT_PREFIX)]
    parameters = [name for name in shown if name not in tables.SELECTED_SCHEMA.names]
    others = [name for name in shown if name in tables.SELECTED_SCHEMA.names]
    return pd.DataFrame(
        [
            {"quantity": name, "value": _text(row[name]), "unit": units.get(name, "")}
            for name in [*others, *parameters]
        ]
    )


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
