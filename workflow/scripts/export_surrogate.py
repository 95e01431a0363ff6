"""Export a surrogate to ONNX."""

from pathlib import Path

from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.export import export_onnx
from theraflow.tnf.surrogate.prediction import load_surrogate

with logged_to(snakemake.log[0]):
    surrogate = load_surrogate(Path(snakemake.input.card).parent)
    export_onnx(surrogate.network, surrogate.example_inputs, Path(snakemake.output.onnx))
