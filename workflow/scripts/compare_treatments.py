"""Rank the treatments of all evaluators, and tell what their predictions were worth."""

from pathlib import Path

from theraflow.core.parquet import read_frames, write_tables
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.treatment.optimisation import rank_over_evaluators
from theraflow.tnf.treatment.tables import COMPARISON_TABLES
from theraflow.tnf.treatment.verification import measure_optimism

with logged_to(snakemake.log[0]):
    verified = read_frames(snakemake.input.treatments)
    frames = {
        "treatments": rank_over_evaluators([verified]),
        "optimism": measure_optimism(verified),
    }
    origin = provenance({"config": snakemake.config}, ("numpy", "scipy"))
    folder = Path(snakemake.output.treatments).parent
    write_tables(frames, COMPARISON_TABLES, folder, origin)
