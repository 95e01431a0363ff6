"""The fingerprint of a training: the code that decides weights, told without importing torch."""

from typing import Final

from theraflow.core.fingerprints import source_fingerprint

TRAINING_MODULE: Final = "theraflow.tnf.surrogate.training.train"
GENERAL_TRAINING_MODULE: Final = "theraflow.tnf.surrogate.training.general"
MEMBER_TRAINING_MODULE: Final = "theraflow.tnf.surrogate.uncertainty.training"


def training_fingerprint() -> str:
    """Hash the code that decides weights: split, scaling, networks, recipes and training loop.

    What words or stores a surrogate is not imported there, and so does not count: its card, its
    files, its export and its evaluation. Nor does the general surrogate.
    """
    return source_fingerprint(TRAINING_MODULE)


def general_training_fingerprint() -> str:
    """Hash the code that decides the weights of the general surrogate."""
    return source_fingerprint(GENERAL_TRAINING_MODULE)


def member_training_fingerprint() -> str:
    """Hash the code that decides the weights of the ensemble's members."""
    return source_fingerprint(MEMBER_TRAINING_MODULE)
