"""Plot one figure of the comparison."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.report.figures.crc_choice import draw_figure
from theraflow.report.figures.style import save_figure

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    tables = {Path(file).stem: read_frames([file]) for file in snakemake.input.tables}
    figure = draw_figure(snakemake.wildcards.figure, tables, config)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""), config.figures)
