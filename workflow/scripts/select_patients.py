"""Select responders and count the outcomes of all candidates."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.files import atomic_path
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc import tables
from theraflow.crc.patients.selection import select_patients

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    patients = read_frames(snakemake.input.batches)
    made_by = provenance({"config": config.model_dump(mode="json")}, ("pandas",))
    selected, outcomes = select_patients(patients, config.patients)
    grown = expanded(tables.GROWN_SCHEMA, patients.columns)
    write_frame(patients, Path(snakemake.output.patients), made_by, grown)
    with atomic_path(Path(snakemake.output.outcomes)) as temporary:
        outcomes.to_csv(temporary, index=False, float_format="%.2f")
    schema = expanded(tables.SELECTED_SCHEMA, selected.columns)
    write_frame(selected, Path(snakemake.output.selected), made_by, schema)
