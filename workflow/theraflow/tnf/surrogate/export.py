"""Surrogates as ONNX: raw parameters in, whole trajectories out, any batch size."""

import warnings
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from theraflow.core.files import atomic_path

ONNX_INPUT: Final = "parameters"
ONNX_OUTPUT: Final = "counts"


def export_onnx(network: nn.Module, example: Tensor, file: Path) -> None:
    """Write an ONNX file: parameters (batch, 3) -> counts (batch, hours + 1, 3), both float32.

    The general architecture takes (batch, 4): the radius (um) before the other parameters.
    ``example`` are parameters that the network admits, at least two.
    The graph holds scaling, pulse schedule and all hourly steps; its counts are not yet rounded.
    """
    with warnings.catch_warnings(), atomic_path(file) as temporary:
        # The exporter warns that it is the older one (half a second, where the newer takes ten)
        # and that an LSTM may freeze the batch size, which it does not with given initial states.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.cpu().eval(),
            (example,),
            str(temporary),
            input_names=[ONNX_INPUT],
            output_names=[ONNX_OUTPUT],
            dynamic_axes={ONNX_INPUT: {0: "batch"}, ONNX_OUTPUT: {0: "batch"}},
            dynamo=False,
        )
