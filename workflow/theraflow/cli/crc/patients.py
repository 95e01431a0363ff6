"""The patient that a command is about, and its therapies as a problem of search."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from theraflow.core.errors import UserError

if TYPE_CHECKING:
    from theraflow.config.crc.study import CrcConfig
    from theraflow.crc.model.study_model import StudyModel
    from theraflow.crc.search.problem import TherapySearch
    from theraflow.crc.therapy.template import PatientStart


def load_patient(
    patients: Path, patient: str, study: "CrcConfig"
) -> tuple["StudyModel", "PatientStart"]:
    """Load the study's model and a patient at therapy start from a table of patients.

    Raises ``UserError`` for one that is not there, or not admissible.
    """
    from theraflow.crc.model.study_model import load_study_model
    from theraflow.crc.patients.conditions import GrowthConditions
    from theraflow.crc.patients.growth import patient_start
    from theraflow.crc.patients.lookup import find_admissible_patient, with_amounts

    row = find_admissible_patient(patients, patient)
    model = load_study_model(study.model, study.patients.parameters_file)
    conditions = GrowthConditions.of(study.model, study.patients, study.therapy, study.search)
    return model, patient_start(with_amounts(row, model, conditions), model)


def pose_therapies(patients: Path, patient: str, study: "CrcConfig") -> "TherapySearch":
    """Pose the search for a patient's therapy; raises ``UserError`` as ``load_patient`` does."""
    from theraflow.crc.search.problem import TherapySearch
    from theraflow.crc.therapy.subject import Subject
    from theraflow.crc.therapy.treated_patient import treated_member

    model, start = load_patient(patients, patient, study)
    number = int(patient) if patient.isdecimal() else 0
    member = treated_member(
        number, start, model, study.model, study.therapy, study.search.verification_solver
    )
    return TherapySearch(Subject((member,)), model, study.model, study.therapy)


@contextmanager
def told_failures() -> Iterator[None]:
    """Tell a simulation that COPASI cannot finish as an error of the user."""
    from theraflow.crc.model.copasi import SolverError

    try:
        yield
    except SolverError as error:
        raise UserError(
            f"COPASI cannot simulate it ({error}); loosen crc.search.verification_solver"
        ) from None
