"""The card of a surrogate: what a reader, or a program, must know to use it."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from theraflow.config.tnf.engines import Dimension
from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    PaperArchitectureConfig,
    SplitConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out, write_text_atomic
from theraflow.tnf.simulation import OUTPUT_INTERVAL_MIN
from theraflow.tnf.surrogate.networks.general import GeneralScaling
from theraflow.tnf.surrogate.networks.scaling import Scaling

CARD_NAME: Final = "card.json"
PARAMETER_UNITS: Final = ("min", "min", "relative")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class DataCard(_Part):
    """The data behind a surrogate and their division, by the hashes of counts and of ids."""

    content_hash: str
    split_hash: str
    simulations: int
    training_simulations: int
    validation_simulations: int
    test_simulations: int
    split: SplitConfig


class TrainingCard(_Part):
    """How the training went: wall time, time of the CPU, and time in which it held a GPU."""

    seed: int
    epochs: int
    device: str
    threads: int
    wall_s: float
    cpu_s: float
    gpu_s: float


class _Card(_Part):
    format_version: Literal[2] = 2
    dimension: Dimension = 2
    horizon_min: int = DEFAULT_HORIZON_MIN
    data: DataCard
    training: TrainingCard
    versions: dict[str, str]

    @property
    def hours(self) -> int:
        """Hours that the surrogate predicts."""
        return self.horizon_min // OUTPUT_INTERVAL_MIN


class RadiusCard(_Card):
    """The card of the surrogate of one radius."""

    tumor_radius_um: int
    architecture: Literal["theraflow", "paper"]
    settings: TheraflowArchitectureConfig | PaperArchitectureConfig
    scaling: Scaling

    @property
    def tumor_radii_um(self) -> tuple[int, ...]:
        """The one radius."""
        return (self.tumor_radius_um,)

    @model_validator(mode="after")
    def _settings_belong_to_the_architecture(self) -> Self:
        if isinstance(self.settings, PaperArchitectureConfig) != (self.architecture == "paper"):
            raise ValueError(f"settings are not those of architecture {self.architecture}")
        return self


class GeneralCard(_Card):
    """The card of a surrogate for every radius of a range, which the scaling tells.

    ``tumor_radii_um`` are those with simulations of their own; others were drawn with the pulses.
    """

    tumor_radii_um: tuple[int, ...]
    architecture: Literal["general"] = "general"
    settings: GeneralArchitectureConfig
    scaling: GeneralScaling


# Everything about a surrogate but its weights; its accuracy is for the evaluation to tell.
SurrogateCard = RadiusCard | GeneralCard
_READER: Final[TypeAdapter[SurrogateCard]] = TypeAdapter(
    Annotated[SurrogateCard, Field(discriminator="architecture")]
)


def write_card(card: SurrogateCard, directory: Path) -> None:
    """Write ``card.json`` atomically."""
    write_text_atomic(directory / CARD_NAME, card.model_dump_json(indent=2) + "\n")


def read_card(directory: Path) -> SurrogateCard:
    """Read ``card.json``; raises ``UserError`` when it is missing or damaged."""
    path = directory / CARD_NAME
    refuse_link_out(path)
    try:
        return _READER.validate_json(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(f"{path}: no surrogate here; give the directory of a trained one") from None
    except (ValidationError, UnicodeDecodeError):
        raise UserError(f"{path}: damaged, or of another version; train it again") from None
