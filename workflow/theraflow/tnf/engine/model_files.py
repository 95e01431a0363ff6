"""The files of the spheroid model that a config names."""

from pathlib import Path
from typing import NamedTuple

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.files import find_file


class ModelFiles(NamedTuple):
    """Constants of the model, its Boolean network, and the settings of the network."""

    constants: Path
    network: Path
    network_settings: Path


def find_model_files(engine: EngineConfig) -> ModelFiles:
    """Find the files of the embedded engine's model; raises ``UserError`` for a missing one."""
    return ModelFiles(
        find_file(engine.model_file, "model constants"),
        find_file(engine.network_file, "Boolean network"),
        find_file(engine.network_config_file, "Boolean network's settings"),
    )
