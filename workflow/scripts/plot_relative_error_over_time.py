"""Plot relative error over time."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.report.figures.style import save_figure
from theraflow.report.figures.tnf import relative_error_over_time

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).tnf.figures
    figure = relative_error_over_time(
        read_frames(snakemake.input.errors), read_frames([snakemake.input.noise_errors]), config
    )
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""), config)
