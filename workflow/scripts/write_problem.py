"""Write the therapy search of one patient as a COPASI file."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.growth import patient_start, records
from theraflow.crc.tables import PATIENT
from theraflow.crc.therapy.problem import write_problem

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    model = load_study_model(config.model, config.patients.parameters_file)
    selected = read_frames([snakemake.input.selected])
    (patient,) = records(selected[selected[PATIENT] == int(snakemake.wildcards.patient)])
    write_problem(
        Path(snakemake.output.problem),
        patient_start(patient, model),
        model,
        config.model,
        config.therapy,
        config.search.search_solver,
    )
