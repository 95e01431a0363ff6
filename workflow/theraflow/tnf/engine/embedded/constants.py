"""The model's constants in the form that the kernels take: one flat record of numbers."""

from typing import NamedTuple, cast

from theraflow.config.tnf.engines import Dimension
from theraflow.tnf.engine.embedded.field import voxels_per_side
from theraflow.tnf.engine.embedded.kernels.records import as_record
from theraflow.tnf.model.spheroid import SpheroidModel


class Constants(NamedTuple):
    """Numbers used by the kernels; units end the names, probabilities are per phenotype pass."""

    dimension: int
    phenotype_step_min: float
    half_width_um: float
    voxel_width_um: float
    voxels_per_side: int
    voxel_volume_um3: float
    binding_per_min: float
    endocytosis_per_min: float
    recycling_per_min: float
    signalling_threshold_fraction: float
    input_node: int
    apoptosis_node: int
    necrosis_node: int
    network_time_per_run: float
    mean_run_interval_min: float
    run_interval_spread_fraction: float
    division_probability: float
    spontaneous_apoptosis_probability: float
    apoptosis_duration_min: float
    dead_uptake_factor: float
    mature_volume_um3: float
    mature_fluid_um3: float
    mature_nuclear_um3: float
    mature_nuclear_solid_um3: float
    mature_cytoplasmic_solid_um3: float
    fluid_fraction: float
    fluid_per_min: float
    nuclear_biomass_per_min: float
    cytoplasmic_biomass_per_min: float
    dying_fluid_per_min: float
    dying_nuclear_biomass_per_min: float
    dying_cytoplasmic_biomass_per_min: float
    apoptotic_fluid_fraction: float
    necrotic_fluid_fraction: float
    rupture_volume_ratio: float
    repulsion_um_per_min: float
    adhesion_um_per_min: float
    adhesion_reach_ratio: float


def kernel_constants(model: SpheroidModel, dimension: Dimension) -> Constants:
    """Derive the numbers that the kernels use from the model's constants."""
    constants = model.constants
    domain, receptors, network = constants.domain, constants.receptors, constants.network
    rates, volume, mechanics = constants.birth_and_death, constants.volume, constants.mechanics
    solid_fraction = 1 - volume.fluid_fraction
    cytoplasmic_um3 = volume.total_um3 - volume.nuclear_um3
    values = Constants(
        dimension=dimension,
        phenotype_step_min=constants.phenotype_step_min,
        half_width_um=domain.half_width_um,
        voxel_width_um=domain.voxel_width_um,
        voxels_per_side=voxels_per_side(domain),
        voxel_volume_um3=domain.voxel_width_um**3,
        binding_per_min=receptors.binding_per_min,
        endocytosis_per_min=receptors.endocytosis_per_min,
        recycling_per_min=receptors.recycling_per_min,
        signalling_threshold_fraction=receptors.signalling_threshold_fraction,
        input_node=model.network.index(network.input_node),
        apoptosis_node=model.network.index(network.apoptosis_node),
        necrosis_node=model.network.index(network.necrosis_node),
        network_time_per_run=network.network_time_per_run,
        mean_run_interval_min=network.mean_run_interval_min,
        run_interval_spread_fraction=network.run_interval_spread_fraction,
        division_probability=rates.birth_per_min * constants.phenotype_step_min,
        spontaneous_apoptosis_probability=(
            rates.spontaneous_apoptosis_per_min * constants.phenotype_step_min
        ),
        apoptosis_duration_min=rates.apoptosis_duration_min,
        dead_uptake_factor=rates.dead_uptake_factor,
        mature_volume_um3=volume.total_um3,
        mature_fluid_um3=volume.fluid_fraction * volume.total_um3,
        mature_nuclear_um3=volume.nuclear_um3,
        mature_nuclear_solid_um3=solid_fraction * volume.nuclear_um3,
        mature_cytoplasmic_solid_um3=solid_fraction * cytoplasmic_um3,
        fluid_fraction=volume.fluid_fraction,
        fluid_per_min=volume.fluid_per_min,
        nuclear_biomass_per_min=volume.nuclear_biomass_per_min,
        cytoplasmic_biomass_per_min=volume.cytoplasmic_biomass_per_min,
        dying_fluid_per_min=volume.dying_fluid_per_min,
        dying_nuclear_biomass_per_min=volume.dying_nuclear_biomass_per_min,
        dying_cytoplasmic_biomass_per_min=volume.dying_cytoplasmic_biomass_per_min,
        apoptotic_fluid_fraction=volume.apoptotic_fluid_fraction,
        necrotic_fluid_fraction=volume.necrotic_fluid_fraction,
        rupture_volume_ratio=volume.rupture_volume_ratio,
        repulsion_um_per_min=mechanics.repulsion_um_per_min,
        adhesion_um_per_min=mechanics.adhesion_um_per_min,
        adhesion_reach_ratio=mechanics.adhesion_reach_ratio,
    )
    return cast(Constants, as_record(values))
