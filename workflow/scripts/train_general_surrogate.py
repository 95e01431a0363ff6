"""Train the surrogate of every tumour radius."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.design import design_parameters, drawn_parameters
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    train_general_surrogate(
        read_all_simulations(snakemake.input.tables),
        tnf.tumor_radii_um,
        tnf.surrogates,
        tnf.surrogates.base_seed,
        Path(snakemake.output.card).parent,
        design=design_parameters(tnf.designs),
        drawn_design=drawn_parameters(tnf.designs),
        dimension=tnf.engine.dimension,
    )
