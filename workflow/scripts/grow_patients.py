"""Grow a batch of candidates to therapy start."""

from pathlib import Path

from theraflow.campaign.parquet import read_frames, write_frame
from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.growth import grow_batch
from theraflow.crc.model import load_study_model

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    candidates = read_frames([snakemake.input.candidates])
    write_frame(
        grow_batch(candidates, load_study_model(config), config),
        Path(snakemake.output.patients),
        provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "numpy")),
    )
