"""Join the tables of all radii to the data set."""

from pathlib import Path

from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.dataset import join_radii
from theraflow.tnf.engine_fingerprint import engine_provenance

with logged_to(snakemake.log[0]):
    study = load_study(snakemake.config)
    join_radii(
        [Path(file) for file in snakemake.input.tables],
        Path(snakemake.output.trajectories),
        provenance(
            {"config": study.model_dump(mode="json"), **engine_provenance(study.tnf.engine)},
            ("numba", "numpy"),
        ),
    )
