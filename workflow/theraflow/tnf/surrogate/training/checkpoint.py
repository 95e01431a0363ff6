"""Checkpoints: where a killed training goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path, refuse_link_out


def save_checkpoint(path: Path, fingerprint: str, state: Mapping[str, Any]) -> None:
    """Write the state of a training, with torch's random generators, atomically.

    ``fingerprint`` names the training: its data, settings, seed and code.
    """
    content = {
        "fingerprint": fingerprint,
        "cpu_generator": torch.get_rng_state(),
        "cuda_generators": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "state": dict(state),
    }
    with atomic_path(path) as temporary:
        torch.save(content, temporary)


def load_checkpoint(path: Path, fingerprint: str, device: torch.device) -> dict[str, Any] | None:
    """Return the state saved for this training and restore the random generators.

    Returns ``None`` when there is no checkpoint, or one of another training. Raises ``UserError``
    when the file cannot be read, or a link leads out of the results to it.
    """
    refuse_link_out(path)
    if not path.exists():
        return None
    try:
        # Reading runs no code from the file.
        content = torch.load(path, map_location=device, weights_only=True)
        if content["fingerprint"] != fingerprint:
            return None
        state: dict[str, Any] = content["state"]
        torch.set_rng_state(content["cpu_generator"].cpu())
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all([saved.cpu() for saved in content["cuda_generators"]])
    # torch reports damage by errors of many kinds, RuntimeError and UnpicklingError among them.
    except Exception as error:
        raise UserError(
            f"{path}: not a readable checkpoint ({type(error).__name__}); delete it to train anew"
        ) from None
    return state
