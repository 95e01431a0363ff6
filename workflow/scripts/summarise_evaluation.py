"""Sum the evaluation up: one row per tumour radius."""

from pathlib import Path

from theraflow.core.files import write_text_atomic
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.evaluation.summary import summarise_evaluation

with logged_to(snakemake.log[0]):
    summary = summarise_evaluation(
        read_frames(snakemake.input.errors),
        read_frames(snakemake.input.general_errors) if snakemake.input.general_errors else None,
        read_frames([snakemake.input.noise_errors]),
        read_frames(snakemake.input.timing),
    )
    write_text_atomic(Path(snakemake.output.summary), summary.to_csv(index=False))
