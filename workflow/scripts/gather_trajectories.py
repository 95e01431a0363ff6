"""Gather batches to one table of trajectories."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.dataset import gather_trajectories
from theraflow.tnf.campaign.origin import dataset_provenance

with logged_to(snakemake.log[0]):
    gather_trajectories(
        [Path(file) for file in snakemake.input.batches],
        Path(snakemake.output.trajectories),
        dataset_provenance(load_study(snakemake.config)),
    )
