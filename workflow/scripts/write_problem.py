"""Write who one patient is, and the search for its therapy as a COPASI file."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.growth import patient_start, records
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.search.search import write_copasi_problem
from theraflow.crc.tables import PATIENT
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
    subject = Subject((member,))
    write_subject(subject, Path(snakemake.output.subject))
    problem_file = dict(snakemake.output.items()).get("problem")
    if problem_file:
        therapies = TherapySearch(subject, model, config.model, config.therapy)
        write_copasi_problem(therapies, config.search.search_solver, Path(problem_file))
