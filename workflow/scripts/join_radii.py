"""Join the tables of all radii to the data set."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.dataset import join_radii
from theraflow.tnf.campaign.origin import dataset_provenance

with logged_to(snakemake.log[0]):
    join_radii(
        [Path(file) for file in snakemake.input.tables],
        Path(snakemake.output.trajectories),
        dataset_provenance(load_study(snakemake.config)),
        mixed=[Path(file) for file in snakemake.input.mixed],
    )
