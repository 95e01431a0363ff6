"""The TNF spheroid model: constants and Boolean network, read from resource files."""

from dataclasses import dataclass
from pathlib import Path

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.files import find_file
from theraflow.tnf.model.boolean_network import BooleanNetwork, load_boolean_network
from theraflow.tnf.model.constants import SpheroidConstants, check_constants, load_constants


@dataclass(frozen=True)
class SpheroidModel:
    """Constants and Boolean network of the TNF spheroid."""

    constants: SpheroidConstants
    network: BooleanNetwork

    def with_birth_rate(self, birth_per_min: float) -> "SpheroidModel":
        """Return the same model with another birth rate (1/min).

        Raises ``UserError`` for a rate that the model does not admit.
        """
        content = self.constants.model_dump()
        content["birth_and_death"]["birth_per_min"] = birth_per_min
        return SpheroidModel(check_constants(content, "birth rate"), self.network)


def load_configured_model(engine: EngineConfig) -> SpheroidModel:
    """Read the model whose files the config names; raises ``UserError`` as ``load_model`` does."""
    return load_model(
        find_file(engine.model_file, "model constants"),
        find_file(engine.network_file, "Boolean network"),
        find_file(engine.network_config_file, "Boolean network's settings"),
    )


def load_model(model_file: Path, network_file: Path, network_config_file: Path) -> SpheroidModel:
    """Read the model from its three resource files.

    Raises ``UserError`` for a missing or malformed file; every faulty constant is named.
    """
    constants = load_constants(model_file)
    network = load_boolean_network(network_file, network_config_file)
    coupling = constants.network
    for node in (coupling.input_node, coupling.apoptosis_node, coupling.necrosis_node):
        network.index(node)
    return SpheroidModel(constants, network)
