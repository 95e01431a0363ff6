"""Simulate one batch of the comparison of engines."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.agreement.plan import find_engine
from theraflow.tnf.campaign.batch_simulation import simulate_batch, simulation_budget
from theraflow.tnf.campaign.cost import simulations_at_once
from theraflow.tnf.campaign.plan_files import read_planned_batch, validation_plan_file
from theraflow.tnf.engine.make import make_engine
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    budget = simulation_budget(tnf.batches)
    budget.check()
    fingerprint = snakemake.wildcards.fingerprint
    config = find_engine(tnf, fingerprint)
    engine = make_engine(config)
    plan = validation_plan_file(fingerprint)
    batch, siblings = read_planned_batch(plan, snakemake.wildcards.batch, engine.fingerprint)
    simulate_batch(
        batch,
        engine,
        Path(snakemake.output.trajectories),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        tnf.batches,
        budget,
        workers=simulations_at_once(snakemake.threads, config),
        siblings=siblings,
    )
