"""The improvements of all searches, read and checked."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_frames
from theraflow.crc import tables
from theraflow.crc.therapy.therapy import parameter_names, parameter_vector, reference_therapy


def read_searches(files: Iterable[str | Path], config: TherapyConfig) -> pd.DataFrame:
    """Read the improvements of every search, one row each.

    The first of each is evaluation 1, the reference therapy, by which the others are divided.
    Raises ``UserError`` naming a file where it is not, and for a file that is missing or damaged.
    """
    reference = parameter_vector(reference_therapy(config))
    frames = []
    for file in files:
        frame = read_frames([file])
        first = frame[frame[tables.EVALUATION] == 1]
        parameters = first[parameter_names(config)].to_numpy(dtype=float)
        if len(first) != 1 or not np.allclose(parameters, reference, rtol=1e-9):
            raise UserError(
                f"{file}: improvement 1 is not the reference therapy, to which all others are "
                "compared; delete the file and its history, and loosen crc.search.search_solver "
                "where the reference cannot be simulated"
            )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
