"""Plot one figure of the comparison."""

from pathlib import Path

from theraflow.campaign.parquet import read_frames
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.report_figures import draw_figure
from theraflow.figures.style import save_figure

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    tables = {Path(file).stem: read_frames([file]) for file in snakemake.input.tables}
    figure = draw_figure(snakemake.wildcards.figure, tables, config)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""), config.figures)
