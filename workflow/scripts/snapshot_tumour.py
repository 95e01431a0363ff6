"""Simulate the tumour of one radius, and keep cells and TNF field at some times."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_table
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.snapshots.plan import plan_snapshots
from theraflow.tnf.snapshots.recording import record_snapshots

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    simulation, times_min = plan_snapshots(
        tnf.snapshots, int(snakemake.wildcards.radius), tnf.base_seed, tnf.horizon_min
    )
    _, tables = record_snapshots(simulation, make_embedded_engine(tnf.engine), times_min)
    origin = provenance({"config": snakemake.config}, ("numba", "numpy"))
    for name, table in tables.items():
        write_table(table, Path(snakemake.output[name]), origin)
