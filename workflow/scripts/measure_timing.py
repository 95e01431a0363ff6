"""Time simulation against inference at one tumour radius."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.surrogate.evaluation.timing import time_simulation_and_inference
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.tables import TIMING_SCHEMA
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    timing = time_simulation_and_inference(
        make_engine(tnf.engine),
        load_surrogate(Path(snakemake.input.card).parent),
        read_all_simulations(snakemake.input.tables),
        tnf.evaluation.timing,
    )
    origin = provenance({"config": snakemake.config}, ("torch",))
    write_frame(timing, Path(snakemake.output.timing), origin, TIMING_SCHEMA)
