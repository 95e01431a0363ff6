"""Merge the fronts that all searches of a patient have passed, and verify points of it."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.fronts.merged import fronts_of_patient
from theraflow.crc.comparison.fronts.tables import FRONTS_SCHEMA
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.search.plan import patient_subject
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.subject import read_subject

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    therapies = TherapySearch(
        read_subject(Path(snakemake.input.subject)),
        load_study_model(config.model, config.patients.parameters_file),
        config.model,
        config.therapy,
    )
    fronts = fronts_of_patient(
        read_frames(snakemake.input.fronts),
        patient_subject(int(snakemake.wildcards.patient)),
        therapies,
        config.search.verification_solver,
    )
    write_frame(
        fronts,
        Path(snakemake.output[0]),
        provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "moocore")),
        expanded(FRONTS_SCHEMA, fronts.columns),
    )
