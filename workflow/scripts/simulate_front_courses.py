"""Simulate the verified therapies of a patient's front again, for their courses."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc import tables
from theraflow.crc.comparison.fronts.courses import (
    front_doses,
    simulate_front_courses,
    verified_therapies,
)
from theraflow.crc.comparison.fronts.tables import FRONT_COURSES_SCHEMA, FRONT_DOSES_SCHEMA
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.search.plan import patient_subject
from theraflow.crc.therapy.subject import read_subject

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    (member,) = read_subject(Path(snakemake.input.subject)).members
    therapies = verified_therapies(read_frames([snakemake.input.front]), config.therapy)
    courses = simulate_front_courses(
        therapies,
        member.start,
        load_study_model(config.model, config.patients.parameters_file),
        config.model,
        config.therapy,
        config.search.verification_solver,
    )
    subject = patient_subject(int(snakemake.wildcards.patient))
    made_by = provenance({"config": config.model_dump(mode="json")}, ("python-copasi",))
    for frame, file, schema in (
        (courses, snakemake.output.courses, FRONT_COURSES_SCHEMA),
        (front_doses(therapies), snakemake.output.doses, FRONT_DOSES_SCHEMA),
    ):
        frame.insert(0, tables.SUBJECT, subject)
        write_frame(frame, Path(file), made_by, schema)
