"""Run the engine for a moment, so that a program that cannot work fails before a campaign."""

from pathlib import Path

from theraflow.campaign.files import write_text_atomic
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.smoke_run import check_engine
from theraflow.tnf.validation_plan import find_engine

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    engine = find_engine(tnf, snakemake.wildcards.fingerprint)
    report = check_engine(engine, min(tnf.tumor_radii_um))
    write_text_atomic(Path(snakemake.output.report), f"{report}\n")
