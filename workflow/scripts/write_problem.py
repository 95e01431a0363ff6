"""Write who one patient is, and the search for its therapy as a COPASI file."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.growth import patient_start, records
from theraflow.crc.tables import PATIENT
from theraflow.crc.therapy.inefficacy import inefficacy_of
from theraflow.crc.therapy.problem import write_problem
from theraflow.crc.therapy.subject import Subject, write_subject
from theraflow.crc.therapy.treated_patient import treated_member

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    model = load_study_model(config.model, config.patients.parameters_file)
    selected = read_frames([snakemake.input.selected])
    number = int(snakemake.wildcards.patient)
    (patient,) = records(selected[selected[PATIENT] == number])
    start = patient_start(patient, model)
    member = treated_member(
        number, start, model, config.model, config.therapy, config.search.verification_solver
    )
    write_subject(Subject((member,)), Path(snakemake.output.subject))
    problem_file = dict(snakemake.output.items()).get("problem")
    if problem_file:
        write_problem(
            Path(problem_file),
            start,
            model,
            config.model,
            config.therapy,
            config.search.search_solver,
            inefficacy_of(config.therapy.size, start.diameter_mm, member.reference_diameter_mm),
        )
