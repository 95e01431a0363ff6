"""Gather batches to one table of trajectories."""

from pathlib import Path

from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.dataset import gather_trajectories
from theraflow.tnf.engine_fingerprint import engine_provenance

with logged_to(snakemake.log[0]):
    study = load_study(snakemake.config)
    gather_trajectories(
        [Path(file) for file in snakemake.input.batches],
        Path(snakemake.output.trajectories),
        provenance(
            {"config": study.model_dump(mode="json"), **engine_provenance(study.tnf.engine)},
            ("numba", "numpy"),
        ),
    )
