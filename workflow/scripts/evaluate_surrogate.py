"""Evaluate a surrogate against its test simulations."""

from pathlib import Path

from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    folder = Path(snakemake.input.card).parent
    evaluation = evaluate_surrogate(
        load_surrogate(folder),
        read_split(folder),
        read_all_simulations(snakemake.input.tables),
    )
    origin = provenance({"config": snakemake.config}, ("torch",))
    for frame, file, schema in (
        (evaluation.errors, snakemake.output.errors, tables.ERRORS_SCHEMA),
        (evaluation.cell_errors, snakemake.output.cell_errors, tables.CELL_ERRORS_SCHEMA),
        (evaluation.predictions, snakemake.output.predictions, tables.PREDICTIONS_SCHEMA),
    ):
        write_frame(frame, Path(file), origin, schema)
