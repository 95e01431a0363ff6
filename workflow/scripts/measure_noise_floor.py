"""Measure how far single simulations lie from the mean of their point, and from each other."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.noise_floor import evaluate_noise_floor
from theraflow.tnf.trajectories.reading import read_simulations

with logged_to(snakemake.log[0]):
    noise_floor = evaluate_noise_floor(
        read_simulations(Path(snakemake.input.trajectories)),
        load_study(snakemake.config).tnf.tumor_radii_um,
    )
    origin = provenance({"config": snakemake.config}, ())
    write_frame(
        noise_floor.errors, Path(snakemake.output.errors), origin, tables.NOISE_ERRORS_SCHEMA
    )
    write_frame(
        noise_floor.cell_errors,
        Path(snakemake.output.cell_errors),
        origin,
        tables.NOISE_CELL_ERRORS_SCHEMA,
    )
