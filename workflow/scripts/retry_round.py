"""Try the failed simulations of a round again, whatever the campaign's failures."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.script import logged_to
from theraflow.tnf.active.simulating import batch_of_round
from theraflow.tnf.campaign.batch_simulation import simulate_batch, simulation_budget
from theraflow.tnf.campaign.batches import radius_of
from theraflow.tnf.campaign.cost import simulations_at_once
from theraflow.tnf.engine.make import make_engine
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    simulate_batch(
        batch_of_round(
            read_frames([snakemake.input.points]),
            int(snakemake.wildcards.round),
            radius_of(snakemake.wildcards.tumours),
            tnf,
        ),
        make_engine(tnf.engine),
        Path(snakemake.input.trajectories),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        tnf.batches,
        simulation_budget(tnf.batches).without_limit(),
        workers=simulations_at_once(snakemake.threads, tnf.engine),
    )
