"""Results with a general surrogate that a toy data set has trained in seconds."""

import functools
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa

from support.surrogate_frames import toy_frame
from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    SplitConfig,
    SurrogatesConfig,
    UncertaintyConfig,
)
from theraflow.core.parquet import write_table
from theraflow.tnf import tables
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate
from theraflow.tnf.surrogate.uncertainty.calibrating import (
    calibrate_ensemble,
    train_ensemble_member,
)

RADII_UM: Final = (50, 100)
CONFIG: Final = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.25, test_fraction=0.25),
    general=GeneralArchitectureConfig(hidden_size=8, epochs=8, batch_size=16),
    uncertainty=UncertaintyConfig(members=2, hidden_size=6, epochs=8, batch_size=16),
)


def write_general_surrogate(results: Path) -> None:
    """Write data set, surrogate and calibrated ensemble; all trained once per process."""
    shutil.copytree(_trained().name, results, dirs_exist_ok=True)


@functools.cache
def _trained() -> "TemporaryDirectory[str]":
    folder = TemporaryDirectory(prefix="theraflow-tests-")
    _train(Path(folder.name))
    return folder


def _train(results: Path) -> None:
    frame = toy_frame(RADII_UM, points=20)
    # A simulation is a run of rows from time 0 on.
    number = (frame[tables.TIME_MIN] == 0).cumsum()
    frame[tables.SIMULATION_ID] = [f"{each:016x}" for each in number]
    frame[tables.SEED] = np.int64(1)
    frame[tables.ENGINE] = "toy"
    data = pa.Table.from_pandas(frame, tables.TRAJECTORY_SCHEMA, preserve_index=False)
    (results / "tnf").mkdir(parents=True, exist_ok=True)
    write_table(data, results / "tnf/dataset.parquet", {})
    folder = results / "tnf/surrogates/general"
    train_general_surrogate(frame, RADII_UM, CONFIG, 1, folder, show_progress=False)
    for member in range(CONFIG.uncertainty.members):
        train_ensemble_member(frame, RADII_UM, member, CONFIG, 1, folder, show_progress=False)
    calibrate_ensemble(folder, frame, CONFIG.uncertainty)
