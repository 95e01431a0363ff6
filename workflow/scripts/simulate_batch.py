"""Simulate one batch."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.batch_simulation import simulate_batch, simulation_budget
from theraflow.tnf.campaign.batches import find_batch, find_siblings
from theraflow.tnf.engine.make import make_engine
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    budget = simulation_budget(tnf.batches)
    budget.check()
    batch = find_batch(tnf, int(snakemake.wildcards.radius), snakemake.wildcards.batch)
    simulate_batch(
        batch,
        make_engine(tnf.engine),
        Path(snakemake.output.trajectories),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        tnf.batches,
        budget,
        workers=snakemake.threads,
        siblings=find_siblings(tnf, batch),
    )
