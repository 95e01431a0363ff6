"""Train the surrogate of one tumour radius."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.surrogate.training.train import train_surrogate
from theraflow.tnf.trajectories.arrays import REQUIRED_COLUMNS
from theraflow.tnf.trajectories.reading import read_trajectories

with logged_to(snakemake.log[0]):
    surrogates = load_study(snakemake.config).tnf.surrogates
    train_surrogate(
        read_trajectories(Path(snakemake.input.trajectories), REQUIRED_COLUMNS),
        int(snakemake.wildcards.radius),
        surrogates,
        surrogates.base_seed,
        Path(snakemake.output.card).parent,
    )
