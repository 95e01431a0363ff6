"""Where and how torch computes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from theraflow.core.errors import UserError


def choose_device(requested: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Pick the device; ``auto`` takes a GPU when there is one.

    Raises ``UserError`` when a GPU is asked for and there is none.
    """
    if requested == "cuda" and not torch.cuda.is_available():
        raise UserError("surrogates.device=cuda: torch sees no GPU here; set it to auto or cpu")
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(requested)


@contextmanager
def reproducible_torch(seed: int, threads: int) -> Iterator[None]:
    """Seed torch's generators, fix the threads and take deterministic kernels, for one block.

    Threads matter: they decide in which order sums are taken.
    """
    # cuBLAS is deterministic only with a fixed workspace; it reads this when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        # A GPU kernel without a deterministic form is worth a warning, not the training.
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(deterministic_before)
            torch.set_num_threads(threads_before)
