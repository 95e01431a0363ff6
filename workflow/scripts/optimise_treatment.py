"""Search treatments of a tumour by one method and seed."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.cost import simulations_at_once
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.treatment.plan import ENGINE, plan_targets
from theraflow.tnf.treatment.pose import Simulator, pose_treatment_search
from theraflow.tnf.treatment.predictor import load_predictor
from theraflow.tnf.treatment.problem import Region
from theraflow.tnf.treatment.search import find_candidates
from theraflow.tnf.treatment.tables import CANDIDATES_SCHEMA

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    workers = simulations_at_once(snakemake.threads, tnf.engine)
    target = plan_targets(tnf)[snakemake.wildcards.target]
    posed = pose_treatment_search(
        snakemake.wildcards.search,
        int(snakemake.wildcards.seed),
        target,
        tnf.treatment,
        Simulator(make_engine(tnf.engine), tnf.base_seed, workers)
        if tnf.treatment.searches[snakemake.wildcards.search].evaluator == ENGINE
        else load_predictor(
            [Path(card).parent for card in snakemake.input.cards],
            with_deviation=tnf.treatment.objective.caution != 0,
        ),
    )
    output = Path(snakemake.output.candidates)
    region = Region.of(tnf.treatment.region, target.horizon_min)
    found = find_candidates(posed, output.parent, tnf.treatment.verification, region)
    origin = provenance(
        {"config": snakemake.config, "predictor": posed.evaluator.fidelity},
        ("torch", "numba", "scipy", "pymoo", "cma", "optuna"),
    )
    write_frame(found, output, origin, CANDIDATES_SCHEMA)
