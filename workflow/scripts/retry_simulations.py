"""Try the failed simulations of one batch again, whatever the campaign's failures."""

from pathlib import Path

from theraflow.campaign.job import Job
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.tnf.batch_simulation import simulate_batch, simulation_budget
from theraflow.tnf.batches import find_batch
from theraflow.tnf.engines import make_engine

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    simulate_batch(
        find_batch(tnf, int(snakemake.wildcards.radius), snakemake.wildcards.batch),
        make_engine(tnf.engine),
        Path(snakemake.input.trajectories),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        tnf.batches,
        simulation_budget(tnf.batches).without_limit(),
        workers=snakemake.threads,
    )
