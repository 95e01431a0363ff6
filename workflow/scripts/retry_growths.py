"""Try the failed growths of one batch again, whatever the campaign's failures."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.patients.growth_batch import grow_candidates, growth_budget
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    grow_candidates(
        read_frames([snakemake.input.candidates]),
        load_study_model(config.model, config.patients.parameters_file),
        GrowthConditions.of(config.model, config.patients, config.therapy, config.search),
        config.patients,
        Path(snakemake.input.patients),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        growth_budget(config.patients).without_limit(),
        provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "numpy")),
    )
