"""The architectures for one radius by name: their settings and recipes of training."""

from theraflow.config.tnf.surrogates import (
    PaperArchitectureConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.tnf.surrogate.networks.paper import PaperRecipe
from theraflow.tnf.surrogate.networks.recipe import Recipe, Samples
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.networks.theraflow import TheraflowRecipe

ArchitectureConfig = TheraflowArchitectureConfig | PaperArchitectureConfig


def chosen_architecture(config: SurrogatesConfig) -> ArchitectureConfig:
    """Return the settings of the architecture that the config names."""
    return config.paper if config.architecture == "paper" else config.theraflow


def build_recipe(
    settings: ArchitectureConfig, scaling: Scaling, training: Samples, validation: Samples
) -> Recipe:
    """Prepare the training of an architecture; weights come from torch's random generator."""
    if isinstance(settings, PaperArchitectureConfig):
        return PaperRecipe(settings, scaling, training, validation)
    return TheraflowRecipe(settings, scaling, training, validation)
