"""Options that choose a patient and a therapy, shared by the commands of the CRC study."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theraflow.config.crc.study import CrcConfig
    from theraflow.config.crc.therapy import TherapyConfig
    from theraflow.crc.therapy.schedules import Schedule


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
        help="Change a parameter of the therapy, as d_a_1=840 (mg in month 1), d_c=80 (mg, every "
        "dose of the drug) or f_a=4 (weeks between doses); may be repeated."
    ),
]


@dataclass(frozen=True, eq=False)
class ChosenTherapy:
    """A therapy: what tables call it, its numbers (d,), and J as its search reports it."""

    name: str
    seed: int | None
    candidate: "NDArray[np.float64]"
    reported_objective: float | None = None


def study_config(files: list[Path] | None) -> "CrcConfig":
    """Load the study's section of the config files, laid over each other."""
    from theraflow.config.load import load_study

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
    import numpy as np

    from theraflow.crc import tables
    from theraflow.crc.therapy.schedules import schedule_of

    schedule = schedule_of(config)
    if search is None:
        numbers = schedule.without(schedule.reference(), tables.DRUGS_OF_ARM[str(known)])
        found = ChosenTherapy(str(known), None, np.array(numbers))
    else:
        found = _best_of_search(search, patient, schedule)
    if not parameters:
        return found
    candidate = found.candidate.copy()
    for text in parameters:
        places, value = _assignment(text, schedule)
        candidate[places] = value
    return ChosenTherapy("given", None, candidate)


def subject_of(patient: str) -> str:
    """Name the patient of the option as tables of searches do."""
    from theraflow.crc.search.plan import patient_subject

    return patient_subject(int(patient)) if patient.isdecimal() else patient


def tolerated_gap(search: Path) -> float:
    """Return the relative error of J beyond which the search of a file is not believed.

    It is that of the evaluator that the result beside the file names, COPASI's without a result.
    Raises ``UserError`` for a result that names none.
    """
    from theraflow.crc.search.files import read_results
    from theraflow.crc.search.search import TOLERATED_GAP
    from theraflow.crc.tables import EVALUATOR

    result = search.with_suffix(".json")
    if not result.exists():
        return TOLERATED_GAP["copasi"]
    (evaluator,) = read_results([result]).reindex(columns=[EVALUATOR])[EVALUATOR]
    if evaluator not in TOLERATED_GAP:
        raise UserError(f"{result}: names no evaluator of a search; remove it, or search again")
    return TOLERATED_GAP[evaluator]


def _best_of_search(file: Path, patient: str, schedule: "Schedule") -> ChosenTherapy:
    from theraflow.core.parquet import read_table
    from theraflow.crc import tables

    names = tables.parameter_columns(schedule.variables())
    key = [tables.SUBJECT, tables.ALGORITHM, tables.SEED, tables.OBJECTIVE]
    remedy = "give the improvements of a search, with the config that it had"
    frame = read_table(file, [*key, *names], remedy).to_pandas().dropna(subset=[tables.OBJECTIVE])
    if frame.empty:
        raise UserError(f"{file}: holds no improvement; {remedy}")
    best = frame.sort_values(tables.OBJECTIVE).iloc[0]
    if best[tables.SUBJECT] != subject_of(patient):
        raise UserError(f"{file}: searched for {best[tables.SUBJECT]}, not for patient {patient}")
    return ChosenTherapy(
        str(best[tables.ALGORITHM]),
        int(best[tables.SEED]),
        best[names].to_numpy(dtype=float),
        float(best[tables.OBJECTIVE]),
    )


def _assignment(text: str, schedule: "Schedule") -> tuple[list[int], float]:
    """Read ``name=value``, where a drug's dose without a month stands for all of them."""
    name, separator, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        separator = ""
    if not separator:
        raise UserError(f"--parameter {text}: write it as name=number")
    places = schedule.doses_named(name)
    variables = schedule.variables()
    if not places:
        names = [variable.name for variable in variables]
        raise UserError(
            f"--parameter {text}: the template has no parameter {name}; choose d_a, d_c, or one of "
            f"{names[0]} to {names[-1]}"
        )
    for place in places:
        variable = variables[place]
        if not variable.lower <= value <= variable.upper or (
            variable.is_integer and value != round(value)
        ):
            raise UserError(
                f"--parameter {text}: choose {variable.name} from {variable.lower:g} to "
                f"{variable.upper:g}{', a whole number' if variable.is_integer else ''}"
            )
    return places, value
