"""Plot training histories."""

from pathlib import Path

import pandas as pd

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.report.figures.style import save_figure
from theraflow.report.figures.tnf import training_histories

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    histories = [
        read_frames([file]).assign(tumor_radius_um=radius)
        for radius, file in zip(tnf.tumor_radii_um, snakemake.input.histories, strict=True)
    ]
    figure = training_histories(pd.concat(histories), tnf.figures)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""), tnf.figures)
