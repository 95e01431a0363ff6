"""Calibrate the ensemble of the general surrogate on its validation simulations."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.uncertainty.calibrating import calibrate_ensemble
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    calibrate_ensemble(
        Path(snakemake.input.card).parent,
        read_all_simulations(snakemake.input.tables),
        load_study(snakemake.config).tnf.surrogates.uncertainty,
    )
