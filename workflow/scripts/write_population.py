"""Write who gets one regimen."""

from pathlib import Path

from theraflow.core.script import logged_to
from theraflow.crc.therapy.subject import join_members, write_subject

with logged_to(snakemake.log[0]):
    subject = join_members(
        [Path(file) for file in snakemake.input.subjects], snakemake.wildcards.statistic
    )
    write_subject(subject, Path(snakemake.output.subject))
