"""The fingerprint of the training: the code that decides weights, told without importing torch."""

from typing import Final

from theraflow.core.fingerprints import source_fingerprint

TRAINING_MODULE: Final = "theraflow.tnf.surrogate.training.train"


def training_fingerprint() -> str:
    """Hash the code that decides weights: split, scaling, networks, recipes and training loop.

    What words or stores a surrogate is not imported there, and so does not count: its card, its
    files, its export and its evaluation.
    """
    return source_fingerprint(TRAINING_MODULE)
