"""Measure how far independent replicates of a simulation lie apart."""

from pathlib import Path

from theraflow.campaign.parquet import write_frame
from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.tnf.dataset import read_trajectories
from theraflow.tnf.surrogate.evaluation import evaluate_noise_floor
from theraflow.tnf.trajectories import REQUIRED_COLUMNS

with logged_to(snakemake.log[0]):
    noise_floor = evaluate_noise_floor(
        read_trajectories(Path(snakemake.input.trajectories), REQUIRED_COLUMNS)
    )
    origin = provenance({"config": snakemake.config}, ())
    write_frame(noise_floor.errors, Path(snakemake.output.errors), origin)
    write_frame(noise_floor.cell_errors, Path(snakemake.output.cell_errors), origin)
