"""Calibrate the ensemble of the general surrogate on its validation simulations."""

from pathlib import Path

import pandas as pd

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.uncertainty.calibrating import calibrate_ensemble
from theraflow.tnf.trajectories.reading import read_simulations

with logged_to(snakemake.log[0]):
    calibrate_ensemble(
        Path(snakemake.input.card).parent,
        pd.concat(map(read_simulations, map(Path, snakemake.input.tables)), ignore_index=True),
        load_study(snakemake.config).tnf.surrogates.uncertainty,
    )
