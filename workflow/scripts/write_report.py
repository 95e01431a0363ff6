"""Write the page of the campaign."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.report.page.build import write_page
from theraflow.report.page.results import Results

with logged_to(snakemake.log[0]):
    write_page(Results(Path("results"), load_study(snakemake.config)), Path(snakemake.output.page))
