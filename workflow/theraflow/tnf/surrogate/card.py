"""The card of a surrogate: what a reader, or a program, must know to use it."""

import platform
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from theraflow import __version__
from theraflow.config.tnf.surrogates import (
    PaperArchitectureConfig,
    SplitConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out, write_text_atomic
from theraflow.tnf.surrogate.networks.scaling import Scaling

CARD_NAME: Final = "card.json"
PARAMETER_UNITS: Final = ("min", "min", "relative")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class DataCard(_Part):
    """The data behind a surrogate, by the hash of its radius' simulations, and their division."""

    content_hash: str
    simulations: int
    training_simulations: int
    validation_simulations: int
    test_simulations: int
    split: SplitConfig


class TrainingCard(_Part):
    """How the training went."""

    seed: int
    epochs: int
    device: str
    threads: int
    wall_s: float
    cpu_s: float


class MetricsCard(_Part):
    """Errors on the validation simulations, averaged over t = 60 .. 1440 min."""

    validation_relative_error_percent: float
    validation_relative_error_totals_percent: float


class SurrogateCard(_Part):
    """Everything about a surrogate but its weights."""

    format_version: Literal[1] = 1
    tumor_radius_um: int
    architecture: Literal["theraflow", "paper"]
    settings: TheraflowArchitectureConfig | PaperArchitectureConfig
    scaling: Scaling
    data: DataCard
    training: TrainingCard
    metrics: MetricsCard
    versions: dict[str, str]

    @model_validator(mode="after")
    def _settings_belong_to_the_architecture(self) -> Self:
        if isinstance(self.settings, PaperArchitectureConfig) != (self.architecture == "paper"):
            raise ValueError(f"settings are not those of architecture {self.architecture}")
        return self


def current_versions() -> dict[str, str]:
    """Name the versions of what decides a training's result."""
    return {
        "theraflow": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def write_card(card: SurrogateCard, directory: Path) -> None:
    """Write ``card.json`` atomically."""
    write_text_atomic(directory / CARD_NAME, card.model_dump_json(indent=2) + "\n")


def read_card(directory: Path) -> SurrogateCard:
    """Read ``card.json``; raises ``UserError`` when it is missing or damaged."""
    path = directory / CARD_NAME
    refuse_link_out(path)
    try:
        return SurrogateCard.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(f"{path}: no surrogate here; give the directory of a trained one") from None
    except (ValidationError, UnicodeDecodeError):
        raise UserError(f"{path}: damaged, or of another version; train it again") from None
