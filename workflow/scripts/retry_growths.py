"""Try the failed growths of one batch again, whatever the campaign's failures."""

from pathlib import Path

from theraflow.campaign.job import Job
from theraflow.campaign.parquet import read_frames
from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.growth_batch import grow_candidates, growth_budget
from theraflow.crc.model import load_study_model

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    grow_candidates(
        read_frames([snakemake.input.candidates]),
        load_study_model(config),
        config,
        Path(snakemake.input.patients),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        growth_budget(config.patients).without_limit(),
        provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "numpy")),
    )
