"""The TNF spheroid model: its constants and its Boolean network, read from resource files."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from theraflow.config.base import Section
from theraflow.errors import UserError
from theraflow.tnf.boolean_network import BooleanNetwork, load_boolean_network


class Domain(Section):
    """The square that holds field and cells, centred on the origin."""

    half_width_um: float = Field(gt=0)
    voxel_width_um: float = Field(gt=0)


class TnfField(Section):
    """Diffusion, decay and supply of TNF."""

    diffusion_um2_per_min: float = Field(ge=0)
    decay_per_min: float = Field(ge=0)
    source_radius_um: float = Field(gt=0)
    density_per_concentration: float = Field(ge=0)
    head_start_steps: int = Field(ge=0)
    head_start_step_min: float = Field(gt=0)


class Receptors(Section):
    """TNF receptors on the surface and inside of a cell."""

    binding_per_min: float = Field(ge=0)
    endocytosis_per_min: float = Field(ge=0)
    recycling_per_min: float = Field(ge=0)
    signalling_threshold_fraction: float = Field(ge=0, le=1)


class NetworkCoupling(Section):
    """How a cell and its Boolean network act on each other, and when."""

    input_node: str
    apoptosis_node: str
    necrosis_node: str
    network_time_per_run: float = Field(gt=0)
    mean_run_interval_min: float = Field(gt=0)
    run_interval_spread_fraction: float = Field(ge=0, le=1)


class BirthAndDeath(Section):
    """Rates of division and spontaneous death, and what death changes."""

    birth_per_min: float = Field(ge=0, le=0.02)
    spontaneous_apoptosis_per_min: float = Field(ge=0, le=0.5)
    apoptosis_duration_min: float = Field(gt=0)
    dead_uptake_factor: float = Field(ge=0)


class Volume(Section):
    """Volumes of a mature cell and the rates at which living and dying cells approach theirs."""

    total_um3: float = Field(gt=0)
    nuclear_um3: float = Field(gt=0)
    fluid_fraction: float = Field(ge=0, lt=1)
    fluid_per_min: float = Field(ge=0)
    nuclear_biomass_per_min: float = Field(ge=0)
    cytoplasmic_biomass_per_min: float = Field(ge=0)
    dying_fluid_per_min: float = Field(ge=0)
    dying_nuclear_biomass_per_min: float = Field(ge=0)
    dying_cytoplasmic_biomass_per_min: float = Field(ge=0)
    apoptotic_fluid_fraction: float = Field(ge=0, le=1)
    necrotic_fluid_fraction: float = Field(ge=0, le=1)
    rupture_volume_ratio: float = Field(gt=1)


class Mechanics(Section):
    """Repulsion, adhesion and the initial packing."""

    repulsion_um_per_min: float = Field(ge=0)
    adhesion_um_per_min: float = Field(ge=0)
    adhesion_reach_ratio: float = Field(ge=1)
    packing_spacing_radii: float = Field(gt=0)


class SpheroidConstants(Section):
    """All constants of the model; units end the names of the keys."""

    phenotype_step_min: float = Field(gt=0)
    domain: Domain
    tnf_field: TnfField
    receptors: Receptors
    network: NetworkCoupling
    birth_and_death: BirthAndDeath
    volume: Volume
    mechanics: Mechanics


@dataclass(frozen=True)
class SpheroidModel:
    """Constants and Boolean network of the TNF spheroid."""

    constants: SpheroidConstants
    network: BooleanNetwork

    def with_birth_rate(self, birth_per_min: float) -> "SpheroidModel":
        """Return the same model with another birth rate (1/min)."""
        rates = self.constants.birth_and_death.model_copy(update={"birth_per_min": birth_per_min})
        constants = self.constants.model_copy(update={"birth_and_death": rates})
        return SpheroidModel(constants, self.network)


def load_model(model_file: Path, network_file: Path, network_config_file: Path) -> SpheroidModel:
    """Read the model from its three resource files.

    Raises ``UserError`` for a missing or malformed file; every faulty constant is named.
    """
    constants = _load_constants(model_file)
    network = load_boolean_network(network_file, network_config_file)
    coupling = constants.network
    for node in (coupling.input_node, coupling.apoptosis_node, coupling.necrosis_node):
        network.index(node)
    return SpheroidModel(constants, network)


def _load_constants(path: Path) -> SpheroidConstants:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return SpheroidConstants.model_validate(content)
    except OSError as error:
        raise UserError(f"{path}: cannot read the model's constants ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise UserError(f"{path}: mend these constants: {faults}") from None
