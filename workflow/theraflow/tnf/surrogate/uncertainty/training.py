"""Training of one member of the ensemble.

Everything here, and all that it imports, decides weights: an edit retrains the ensemble.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.surrogates import GeneralArchitectureConfig, SurrogatesConfig
from theraflow.tnf.surrogate.training.epochs import Training, run_training
from theraflow.tnf.surrogate.training.fingerprint import member_training_fingerprint
from theraflow.tnf.surrogate.training.general import DividedSimulations
from theraflow.tnf.surrogate.uncertainty.network import MemberRecipe
from theraflow.tnf.trajectories.arrays import Trajectories

# The settings of the ensemble that decide the weights of a member.
MEMBER_SETTINGS: Final = set(GeneralArchitectureConfig.model_fields)


def train_member(
    trajectories: Trajectories,
    tumor_radii_um: Collection[int],
    member: int,
    config: SurrogatesConfig,
    seed: int,
    checkpoint: Path,
    *,
    design: NDArray[np.float64] | None = None,
    drawn_design: NDArray[np.float64] | None = None,
    show_progress: bool = True,
) -> Training:
    """Train a member on the simulations that train the general surrogate, in an order of its own.

    Members differ by their number alone, from 0. The other arguments and errors are those of
    ``train_general_network``.
    """
    data = DividedSimulations.of(
        trajectories, tumor_radii_um, config.split, seed, design=design, drawn_design=drawn_design
    )
    return run_training(
        lambda device: MemberRecipe(config.uncertainty, data.scaling, *data.samples(device)),
        config,
        weight_seed_key={"use": "weights of the ensemble", "seed": seed, "member": member},
        identity={
            **data.identity,
            "settings": config.uncertainty.model_dump(include=MEMBER_SETTINGS),
            "seed": seed,
            "member": member,
            "code": member_training_fingerprint(),
        },
        checkpoint=checkpoint,
        label=f"member {member}",
        show_progress=show_progress,
    )
