"""Train a member of the ensemble of the general surrogate."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.script import logged_to
from theraflow.tnf.campaign.design import design_parameters, drawn_parameters
from theraflow.tnf.surrogate.uncertainty.calibrating import train_ensemble_member
from theraflow.tnf.trajectories.reading import read_all_simulations

with logged_to(snakemake.log[0]):
    tnf = load_study(snakemake.config).tnf
    train_ensemble_member(
        read_all_simulations(snakemake.input.tables),
        tnf.tumor_radii_um,
        int(snakemake.wildcards.member),
        tnf.surrogates,
        tnf.surrogates.base_seed,
        Path(snakemake.output.weights).parent.parent,
        design=design_parameters(tnf.designs),
        drawn_design=drawn_parameters(tnf.designs),
    )
