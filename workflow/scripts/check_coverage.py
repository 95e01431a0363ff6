"""Check the intervals of the general surrogate on its test simulations."""

from pathlib import Path

from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf import tables
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.uncertainty.coverage import check_coverage
from theraflow.tnf.surrogate.uncertainty.ensemble import load_calibrated_surrogate
from theraflow.tnf.trajectories.reading import read_all_simulations, read_simulations

with logged_to(snakemake.log[0]):
    folder = Path(snakemake.input.card).parent
    coverage = check_coverage(
        load_calibrated_surrogate(folder),
        read_split(folder),
        read_all_simulations(snakemake.input.tables),
        read_simulations(Path(snakemake.input.replicates)),
    )
    origin = provenance({"config": snakemake.config}, ("torch",))
    write_frame(coverage, Path(snakemake.output.coverage), origin, tables.COVERAGE_SCHEMA)
