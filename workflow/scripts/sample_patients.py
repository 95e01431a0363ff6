"""Sample a batch of candidates."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.tables import CANDIDATES_SCHEMA

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    first, last = snakemake.params.members
    patients = sample_patients(
        load_study_model(config.model, config.patients.parameters_file).distributions,
        config.patients,
    )
    write_frame(
        patients.iloc[first:last],
        Path(snakemake.output.candidates),
        provenance({"patients": config.patients.model_dump(mode="json")}, ("numpy", "scipy")),
        expanded(CANDIDATES_SCHEMA, patients.columns),
    )
