"""Plot example trajectories."""

from pathlib import Path

from theraflow.campaign.parquet import read_frames
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.figures.style import save_figure
from theraflow.figures.tnf import example_trajectories

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).tnf.figures
    figure = example_trajectories(read_frames(snakemake.input.predictions), config)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""), config)
