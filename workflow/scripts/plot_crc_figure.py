"""Plot a figure of the CRC study."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.figures.write import write_figure

with logged_to(snakemake.log[0]):
    write_figure(
        CRC_FIGURES[snakemake.wildcards.figure],
        dict(snakemake.input.items()),
        Path(snakemake.output[0]).with_suffix(""),
        load_study(snakemake.config).crc.figures,
    )
