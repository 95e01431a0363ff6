"""Count whom each definition of a responder keeps, and whom the combination harms."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.files import atomic_path
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.crc.patients.responder_classes import responder_classes

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    patients = read_frames([snakemake.input.patients])
    table = responder_classes(patients, config.patients.responder, config.comparison)
    with atomic_path(Path(snakemake.output.classes)) as temporary:
        table.to_csv(temporary, index=False, float_format="%.2f")
