"""Options that choose a patient and a therapy, shared by the commands of the CRC study."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.config.load import load_study
from theraflow.core.errors import UserError

if TYPE_CHECKING:
    from theraflow.config.crc.study import CrcConfig
    from theraflow.config.crc.therapy import TherapyConfig
    from theraflow.crc.therapy.therapy import Therapy


class KnownTherapy(StrEnum):
    """Therapies that need no search."""

    REFERENCE = "reference"
    UNTREATED = "untreated"
    ATEZOLIZUMAB = "atezolizumab"
    CIBISATAMAB = "cibisatamab"


PatientsOption = Annotated[
    Path, typer.Option(help="Table of grown patients: selected.parquet or patients.parquet.")
]
SELECTED = Path("results/crc/patients/selected.parquet")
PatientOption = Annotated[
    str, typer.Option(help="Number of a selected patient, or name of a candidate.")
]
ConfigOption = Annotated[
    list[Path] | None, typer.Option(help="YAML file of the study's config; may be repeated.")
]
TherapyOption = Annotated[
    KnownTherapy,
    typer.Option(help="The reference therapy, one of its drugs alone, or none."),
]
SearchOption = Annotated[
    Path | None,
    typer.Option(help="Improvements of a search (.parquet): take its best therapy instead."),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Change a parameter of the therapy, as d_a_1=840 (mg in month 1), d_c=80 (mg in "
        "every month) or f_a=4 (weeks between doses); may be repeated."
    ),
]


@dataclass(frozen=True, eq=False)
class ChosenTherapy:
    """A therapy, what tables call it, and J as its search reports it (None: no search did)."""

    name: str
    seed: int | None
    therapy: "Therapy"
    reported_objective: float | None


def study_config(files: list[Path] | None) -> "CrcConfig":
    """Load the study's section of the config files, laid over each other."""
    return load_study(*(files or ())).crc


def choose_therapy(
    known: KnownTherapy,
    search: Path | None,
    parameters: list[str] | None,
    patient: str,
    config: "TherapyConfig",
) -> ChosenTherapy:
    """Return the therapy that the options ask for.

    Raises ``UserError`` for a search of another patient and for a parameter that the template
    lacks, that is no number or that is outside its bounds.
    """
    from theraflow.crc import tables
    from theraflow.crc.therapy.therapy import (
        parameter_vector,
        reference_therapy,
        therapy_from_vector,
    )

    if search is None:
        therapy = reference_therapy(config, tables.DRUGS_OF_ARM[str(known)])
        found = ChosenTherapy(str(known), None, therapy, None)
    else:
        found = _best_of_search(search, patient, config)
    if not parameters:
        return found
    vector = parameter_vector(found.therapy)
    for text in parameters:
        for index, value in _assignments(text, config):
            vector[index] = value
    return ChosenTherapy("given", None, therapy_from_vector(vector, config), None)


def _best_of_search(file: Path, patient: str, config: "TherapyConfig") -> ChosenTherapy:
    from theraflow.core.parquet import read_table
    from theraflow.crc import tables
    from theraflow.crc.therapy.therapy import parameter_names, therapy_from_vector

    names = parameter_names(config)
    key = [tables.PATIENT, tables.ALGORITHM, tables.SEED, tables.EVALUATION, tables.OBJECTIVE]
    remedy = "give the improvements of a search, with the config that it had"
    frame = read_table(file, [*key, *names], remedy).to_pandas()
    if frame.empty:
        raise UserError(f"{file}: holds no improvement; {remedy}")
    best = frame.sort_values(tables.EVALUATION).iloc[-1]
    if patient.isdecimal() and int(patient) != best[tables.PATIENT]:
        raise UserError(f"{file}: searched for patient {best[tables.PATIENT]}, not {patient}")
    return ChosenTherapy(
        str(best[tables.ALGORITHM]),
        int(best[tables.SEED]),
        therapy_from_vector(best[names].to_numpy(dtype=float), config),
        float(best[tables.OBJECTIVE]),
    )


def _assignments(text: str, config: "TherapyConfig") -> list[tuple[int, float]]:
    """Read ``name=value``, where a drug's dose without a month stands for all of them."""
    from theraflow.crc.therapy.therapy import parameter_names

    names = parameter_names(config)
    name, separator, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        separator = ""
    if not separator:
        raise UserError(f"--parameter {text}: write it as name=number")
    chosen = [
        index
        for index, each in enumerate(names)
        if each == name or (name in {"d_a", "d_c"} and each.startswith(f"{name}_"))
    ]
    if not chosen:
        raise UserError(
            f"--parameter {text}: the template has no parameter {name}; choose d_a, d_c, f_a, f_c, "
            f"or a month of {names[0]} to {names[-3]}"
        )
    return [(index, value) for index in chosen]
