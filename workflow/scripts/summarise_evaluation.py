"""Sum the evaluation up: one row per tumour radius."""

from pathlib import Path

from theraflow.campaign.files import write_text_atomic
from theraflow.campaign.parquet import read_frames
from theraflow.campaign.script import logged_to
from theraflow.tnf.summary import summarise_evaluation

with logged_to(snakemake.log[0]):
    summary = summarise_evaluation(
        read_frames(snakemake.input.errors),
        read_frames([snakemake.input.noise_errors]),
        read_frames(snakemake.input.timing),
    )
    write_text_atomic(Path(snakemake.output.summary), summary.to_csv(index=False))
