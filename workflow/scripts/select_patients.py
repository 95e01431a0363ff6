"""Select responders, let COPASI grow them again, and count the outcomes of all candidates."""

from functools import partial
from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.files import atomic_path
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc import tables
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.patients.batches import COMPILED
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.patients.confirmation import Confirmation, Tolerance
from theraflow.crc.patients.growth_batch import grow_again, growth_budget
from theraflow.crc.patients.selection import select_patients
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    patients = read_frames(snakemake.input.batches)
    made_by = provenance({"config": config.model_dump(mode="json")}, ("pandas", "python-copasi"))
    conditions = GrowthConditions.of(config.model, config.patients, config.therapy, config.search)
    grow = partial(
        grow_again,
        model=load_study_model(config.model, config.patients.parameters_file),
        conditions=conditions,
        policy=config.patients,
        patients_file=Path(snakemake.output.confirmations),
        job=Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        budget=growth_budget(config.patients).without_limit(),
        provenance=made_by,
        workers=snakemake.threads,
    )
    if config.patients.grower == COMPILED:
        confirmation = Confirmation(grow, Tolerance.of(conditions))
    else:
        # COPASI has grown them all; the files keep what they hold.
        grow(patients.head(0))
        confirmation = None
    selection = select_patients(patients, config.patients, confirmation)
    grown = expanded(tables.GROWN_SCHEMA, patients.columns)
    write_frame(patients, Path(snakemake.output.patients), made_by, grown)
    for table, file in (
        (selection.outcomes.round(2), snakemake.output.outcomes),
        (selection.rejected, snakemake.output.rejected),
    ):
        with atomic_path(Path(file)) as temporary:
            table.to_csv(temporary, index=False)
    schema = expanded(tables.SELECTED_SCHEMA, selection.selected.columns)
    write_frame(selection.selected, Path(snakemake.output.selected), made_by, schema)
