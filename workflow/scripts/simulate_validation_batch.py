"""Simulate one batch of the comparison of engines."""

from pathlib import Path

from theraflow.campaign.job import Job
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.batch_simulation import simulate_batch, simulation_budget
from theraflow.tnf.engines import make_engine
from theraflow.tnf.validation_plan import find_validation_batch

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    budget = simulation_budget(tnf.batches)
    budget.check()
    batch, engine = find_validation_batch(tnf, snakemake.wildcards.batch)
    simulate_batch(
        batch,
        make_engine(engine),
        Path(snakemake.output.trajectories),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        tnf.batches,
        budget,
        workers=snakemake.threads,
    )
