"""Simulate the best treatments of one evaluator anew, and rank them by what comes out."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.cost import simulations_at_once
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.treatment.optimisation import verify_and_refine
from theraflow.tnf.treatment.plan import plan_targets
from theraflow.tnf.treatment.pose import Simulator
from theraflow.tnf.treatment.tables import TREATMENTS_SCHEMA

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    workers = simulations_at_once(snakemake.threads, tnf.engine)
    simulator = Simulator(make_engine(tnf.engine), tnf.base_seed, workers)
    output = Path(snakemake.output.treatments)
    treatments = verify_and_refine(
        [read_frames(snakemake.input.candidates)],
        plan_targets(tnf)[snakemake.wildcards.target],
        tnf.treatment,
        simulator,
        output.parent,
    )
    origin = provenance(
        {"config": snakemake.config, "engine": simulator.engine.label}, ("numba", "scipy")
    )
    write_frame(treatments, output, origin, TREATMENTS_SCHEMA)
