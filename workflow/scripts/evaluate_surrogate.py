"""Hold the surrogate of one tumour radius against the test simulations."""

from pathlib import Path

from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS
from theraflow.tnf.trajectories.reading import read_trajectories

with logged_to(snakemake.log[0]):
    evaluation = evaluate_surrogate(
        load_surrogate(Path(snakemake.input.card).parent),
        read_trajectories(Path(snakemake.input.trajectories), REQUIRED_COLUMNS),
    )
    origin = provenance({"config": snakemake.config}, ("torch",))
    write_frame(evaluation.errors, Path(snakemake.output.errors), origin)
    write_frame(evaluation.cell_errors, Path(snakemake.output.cell_errors), origin)
    write_frame(evaluation.predictions, Path(snakemake.output.predictions), origin)
