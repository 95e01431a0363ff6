"""Sample a batch of candidates."""

from pathlib import Path

from theraflow.campaign.parquet import write_frame
from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.batches import find_candidate_batch
from theraflow.crc.model import load_study_model
from theraflow.crc.patients import sample_patients

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    batch = find_candidate_batch(config, snakemake.wildcards.batch)
    patients = sample_patients(load_study_model(config).distributions, config.patients)
    write_frame(
        patients.iloc[batch.first : batch.last],
        Path(snakemake.output.candidates),
        provenance({"patients": config.patients.model_dump(mode="json")}, ("numpy", "scipy")),
    )
