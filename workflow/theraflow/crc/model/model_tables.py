"""The colorectal-cancer model as readable tables: ``resources/crc_qsp/*.csv``."""

import csv
from dataclasses import dataclass
from pathlib import Path

from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY

TABLES_DIRECTORY = REPOSITORY / "resources" / "crc_qsp"

Row = dict[str, str]

_COLUMNS = {
    "compartments": ("id", "spatial_dimensions", "size", "unit", "description", "source"),
    "species": (
        "id",
        "compartment",
        "initial_amount",
        "amount_unit",
        "identifier_means",
        "description",
        "source",
    ),
    "parameters": ("id", "value", "unit", "description", "source"),
    "assignment_rules": ("id", "expression", "unit", "description", "source"),
    "initial_assignments": ("id", "expression", "unit", "description", "source"),
    "reactions": ("id", "reactants", "products", "rate_law", "description", "reading", "source"),
}


@dataclass(frozen=True)
class ModelTables:
    """One table per kind of model component; each row carries a unit and a source.

    Empty cells are empty strings: a compartment without size has an assignment rule, a species
    without amount an initial assignment.
    """

    compartments: tuple[Row, ...]
    species: tuple[Row, ...]
    parameters: tuple[Row, ...]
    assignment_rules: tuple[Row, ...]
    initial_assignments: tuple[Row, ...]
    reactions: tuple[Row, ...]


def read_model_tables(directory: Path = TABLES_DIRECTORY) -> ModelTables:
    """Read the model's tables as text.

    Raises ``UserError`` for a missing table, a missing column or an identifier given twice.
    """
    tables = {name: _read_table(directory / f"{name}.csv", name) for name in _COLUMNS}
    seen: dict[str, str] = {}
    for name, table in tables.items():
        if name == "initial_assignments":
            continue
        for identifier in (row["id"] for row in table):
            # A rule may set a compartment or species that another table declares.
            if seen.get(identifier) not in (None, "compartments"):
                raise UserError(
                    f"{directory / name}.csv: '{identifier}' is also in {seen[identifier]}.csv; "
                    "give every component its own identifier"
                )
            seen[identifier] = name
    return ModelTables(**tables)


def _read_table(path: Path, name: str) -> tuple[Row, ...]:
    if not path.is_file():
        raise UserError(f"{path}: no such table; the model needs {', '.join(_COLUMNS)}")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in _COLUMNS[name] if column not in (reader.fieldnames or ())]
        if missing:
            raise UserError(f"{path}: add the column {missing[0]}")
        return tuple(reader)
