"""Run the engine for a moment, so that a program that cannot work fails before a campaign."""

from pathlib import Path

from theraflow.campaign.files import write_text_atomic
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.smoke_run import check_engine

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    report = check_engine(tnf.engine, min(tnf.tumor_radii_um))
    write_text_atomic(Path(snakemake.output.report), f"{report}\n")
