"""Choose the points of a round of active learning."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.active.choosing import choose_points
from theraflow.tnf.active.tables import ROUND_SCHEMA
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    output = Path(snakemake.output.points)
    points = choose_points(
        read_all_simulations(snakemake.input.tables),
        load_study(snakemake.config).tnf,
        output.parent,
    )
    origin = provenance({"config": snakemake.config}, ("torch", "scipy"))
    write_frame(points, output, origin, ROUND_SCHEMA)
