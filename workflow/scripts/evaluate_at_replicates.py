"""Evaluate a surrogate at the points of the noise floor."""

from pathlib import Path

from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.at_replicates import evaluate_at_replicates
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.trajectories.reading import read_simulations

with logged_to(snakemake.log[0]):
    surrogate = load_surrogate(Path(snakemake.input.card).parent)
    evaluation = evaluate_at_replicates(
        surrogate,
        read_simulations(Path(snakemake.input.replicates)),
        surrogate.card.tumor_radii_um,
    )
    origin = provenance({"config": snakemake.config}, ("torch",))
    for frame, file, schema in (
        (evaluation.errors, snakemake.output.errors, tables.ERRORS_SCHEMA),
        (evaluation.cell_errors, snakemake.output.cell_errors, tables.CELL_ERRORS_SCHEMA),
        (evaluation.predictions, snakemake.output.predictions, tables.PREDICTIONS_SCHEMA),
    ):
        write_frame(frame, Path(file), origin, schema)
