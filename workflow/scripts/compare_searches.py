"""Compare all searches: every table of the comparison, as Parquet and CSV."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_tables
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.comparison import compare_searches, compare_treatments
from theraflow.crc.comparison.groups import group_searches
from theraflow.crc.comparison.searches import read_searches
from theraflow.crc.comparison.tables import COMPARISON_TABLES
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.therapy.subject import read_subject
from theraflow.search.comparison.iohprofiler import write_iohprofiler_csv

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    starts = {
        file.stem: read_subject(file).members[0].start
        for file in map(Path, snakemake.input.subjects)
    }
    searches, improvements = read_searches(snakemake.input.results, starts, config.therapy)
    groups = group_searches(searches, improvements, config.search)
    frames = compare_searches(searches, improvements, groups, config.comparison)
    frames |= compare_treatments(
        frames["best_therapies"],
        starts,
        load_study_model(config.model, config.patients.parameters_file),
        config.model,
        config.therapy,
        config.search,
        config.comparison,
    )
    made_by = provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "scipy"))
    folder = Path(snakemake.output.iohprofiler).parent
    write_tables(frames, COMPARISON_TABLES, folder, made_by)
    everything = groups[0]
    write_iohprofiler_csv(
        everything.searches, everything.improvements, Path(snakemake.output.iohprofiler)
    )
