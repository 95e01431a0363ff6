"""The architectures by name: their settings, networks and recipes of training."""

from torch import nn

from theraflow.config.tnf.surrogates import (
    PaperArchitectureConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.tnf.surrogate.networks.paper import PaperNetwork, PaperRecipe
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.networks.theraflow import TheraflowNetwork, TheraflowRecipe

ArchitectureConfig = TheraflowArchitectureConfig | PaperArchitectureConfig


def chosen_architecture(config: SurrogatesConfig) -> ArchitectureConfig:
    """Return the settings of the architecture that the config names."""
    return config.paper if config.architecture == "paper" else config.theraflow


def build_network(settings: ArchitectureConfig, scaling: Scaling, hours: int) -> nn.Module:
    """Build an untrained network: parameters (n, 3) -> counts (n, hours + 1, 3)."""
    if isinstance(settings, PaperArchitectureConfig):
        return PaperNetwork(settings, scaling, hours)
    return TheraflowNetwork(settings, scaling, hours)


def build_recipe(
    settings: ArchitectureConfig, scaling: Scaling, training: Samples, validation: Samples
) -> Recipe:
    """Prepare the training of an architecture; weights come from torch's random generator."""
    if isinstance(settings, PaperArchitectureConfig):
        return PaperRecipe(settings, scaling, training, validation)
    return TheraflowRecipe(settings, scaling, training, validation)
