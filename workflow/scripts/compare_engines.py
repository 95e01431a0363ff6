"""Compare the engine of the study with a second one, or with reference trajectories."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.tnf.agreement.comparison import compare
from theraflow.tnf.agreement.files import write_comparison
from theraflow.tnf.agreement.plan import read_reference, validation_engines
from theraflow.tnf.engine.make import make_engine

with logged_to(snakemake.log[0]):
    study = load_study(snakemake.config)
    engine, *second = [make_engine(each).label for each in validation_engines(study.tnf)]
    own = read_frames(snakemake.input.own)
    if second:
        other, other_name = read_frames(snakemake.input.other), second[0]
    else:
        other, other_name = read_reference(study.tnf), Path(snakemake.input.other[0]).stem
    write_comparison(
        compare(other, own, (other_name, engine), study.tnf.validation.margins),
        Path(snakemake.output.verdict).parent,
        provenance({"config": study.model_dump(mode="json")}, ("numpy", "scipy")),
    )
