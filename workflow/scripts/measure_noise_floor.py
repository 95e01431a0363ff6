"""Measure how far independent replicates of a simulation lie apart."""

from pathlib import Path

from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_noise_floor
from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS
from theraflow.tnf.trajectories.reading import read_trajectories

with logged_to(snakemake.log[0]):
    noise_floor = evaluate_noise_floor(
        read_trajectories(Path(snakemake.input.trajectories), REQUIRED_COLUMNS)
    )
    origin = provenance({"config": snakemake.config}, ())
    write_frame(noise_floor.errors, Path(snakemake.output.errors), origin)
    write_frame(noise_floor.cell_errors, Path(snakemake.output.cell_errors), origin)
