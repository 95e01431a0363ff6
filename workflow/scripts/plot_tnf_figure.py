"""Plot a figure of the TNF study."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.figures.tnf.conventions import space_of
from theraflow.report.figures.write import write_figure

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    write_figure(
        TNF_FIGURES[snakemake.wildcards.figure],
        dict(snakemake.input.items()),
        Path(snakemake.output[0]).with_suffix(""),
        tnf.figures,
        space_of(tnf.engine.dimension),
    )
