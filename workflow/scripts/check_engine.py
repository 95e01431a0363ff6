"""Run the engine for a moment, so that a program that cannot work fails before a campaign."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.files import write_text_atomic
from theraflow.core.script import logged_to
from theraflow.tnf.agreement.plan import find_engine
from theraflow.tnf.engine.smoke_run import check_engine

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    engine = find_engine(tnf, snakemake.wildcards.fingerprint)
    report = check_engine(engine, min(tnf.tumor_radii_um))
    write_text_atomic(Path(snakemake.output.report), f"{report}\n")
