"""Sample a batch of candidates."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.batches import find_candidate_batch
from theraflow.crc.patients.sampling import sample_patients

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    batch = find_candidate_batch(config, snakemake.wildcards.batch)
    patients = sample_patients(load_study_model(config).distributions, config.patients)
    write_frame(
        patients.iloc[batch.first : batch.last],
        Path(snakemake.output.candidates),
        provenance({"patients": config.patients.model_dump(mode="json")}, ("numpy", "scipy")),
    )
