"""The fingerprint of the training: the code that decides weights, told without importing torch."""

from typing import Final

from theraflow.campaign.provenance import source_fingerprint

TRAINING_MODULES: Final = (
    "theraflow.tnf.surrogate.training",
    "theraflow.tnf.trajectories",
    "theraflow.tnf.metrics",
)


def training_fingerprint() -> str:
    """Hash the code of the training, and of the arrays and metrics that it works on."""
    return source_fingerprint(*TRAINING_MODULES)
