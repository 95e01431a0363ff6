"""The constants of the TNF spheroid model, read from a resource file and checked."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import yaml
from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from theraflow.config.base import Section
from theraflow.core.errors import UserError
from theraflow.tnf.model.time_steps import TIME_STEPS

_FEWEST_VOXELS_PER_SIDE: Final = 3
_MINUTES_PER_HOUR: Final = 60


class Domain(Section):
    """The square that holds field and cells, centred on the origin."""

    half_width_um: float = Field(gt=0)
    voxel_width_um: float = Field(gt=0)

    @property
    def corner_distance_um(self) -> float:
        """Distance of the outermost voxel centres from the origin."""
        return math.hypot(*(2 * [self.half_width_um - self.voxel_width_um / 2]))

    @model_validator(mode="after")
    def _voxels_fill_the_domain(self) -> Self:
        per_side = 2 * self.half_width_um / self.voxel_width_um
        if not _is_whole(per_side) or round(per_side) < _FEWEST_VOXELS_PER_SIDE:
            raise ValueError(
                f"2 * half_width_um ({2 * self.half_width_um:g}) must be a multiple of "
                f"voxel_width_um ({self.voxel_width_um:g}), "
                f"at least {_FEWEST_VOXELS_PER_SIDE} times as large"
            )
        return self


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

    @model_validator(mode="after")
    def _nucleus_fits_the_cell(self) -> Self:
        if self.nuclear_um3 >= self.total_um3:
            raise ValueError(
                f"nuclear_um3 ({self.nuclear_um3:g}) must be below total_um3 ({self.total_um3:g})"
            )
        return self


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

    @model_validator(mode="after")
    def _sections_agree(self) -> Self:
        faults = list(self._contradictions())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _contradictions(self) -> Iterator[str]:
        step_min = self.phenotype_step_min
        if not _is_whole(_MINUTES_PER_HOUR / step_min):
            yield f"phenotype_step_min ({step_min:g}) must divide {_MINUTES_PER_HOUR} min"
        for steps in TIME_STEPS.values():
            for shorter_min in (steps.field_min, steps.mechanics_min):
                if not _is_whole(step_min / shorter_min):
                    yield (
                        f"phenotype_step_min ({step_min:g}) must be a multiple of {shorter_min:g} "
                        f"min, a step of the time steps {steps.name!r}"
                    )
        for name in ("birth_per_min", "spontaneous_apoptosis_per_min"):
            rate = getattr(self.birth_and_death, name)
            if rate * step_min > 1:
                yield f"birth_and_death.{name} ({rate:g}) * phenotype_step_min is above 1"
        if self.tnf_field.source_radius_um > self.domain.corner_distance_um:
            yield (
                f"tnf_field.source_radius_um ({self.tnf_field.source_radius_um:g}) must be at most "
                f"{self.domain.corner_distance_um:g}, where the outermost voxel centres lie"
            )


def load_constants(path: Path) -> SpheroidConstants:
    """Read the constants; raises ``UserError`` that names every faulty one."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot read the model's constants ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text; give the model's constants as YAML") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, Mapping):
        raise UserError(f"{path}: not a mapping; write the model's constants as keys and values")
    return check_constants(content, str(path))


def check_constants(content: Mapping[str, Any], origin: str) -> SpheroidConstants:
    """Check constants read from ``origin``; raises ``UserError`` that names every faulty one."""
    try:
        return SpheroidConstants.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(map(_describe, error.errors()))
        raise UserError(f"{origin}: fix these constants: {faults}") from None


def _describe(fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _is_whole(ratio: float) -> bool:
    return round(ratio) > 0 and math.isclose(ratio, round(ratio), rel_tol=1e-9)
