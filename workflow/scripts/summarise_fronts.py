"""Join the fronts of all patients, and summarise them."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames, write_tables
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.fronts.attainment import attainment_of_patients
from theraflow.crc.comparison.fronts.summary import summarise_fronts
from theraflow.crc.comparison.fronts.tables import FRONT_TABLES

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    fronts = read_frames(snakemake.input.fronts)
    frames = {
        "fronts": fronts,
        "front_summary": summarise_fronts(fronts),
        "attainment": attainment_of_patients(fronts),
    }
    made_by = provenance({"config": config.model_dump(mode="json")}, ("moocore",))
    write_tables(frames, FRONT_TABLES, Path(snakemake.output[0]).parent, made_by)
