"""The fingerprint of the training: the code that decides weights, told without importing torch."""

from typing import Final

from theraflow.core.fingerprints import source_fingerprint

TRAINING_MODULES: Final = (
    "theraflow.tnf.surrogate.training.train",
    "theraflow.tnf.trajectories.arrays",
    "theraflow.tnf.trajectories.metrics",
)


def training_fingerprint() -> str:
    """Hash the code of the training, and of the arrays and metrics that it works on."""
    return source_fingerprint(*TRAINING_MODULES)
