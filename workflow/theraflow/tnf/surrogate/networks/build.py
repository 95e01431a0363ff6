"""Untrained networks of every architecture, for weights to be read into."""

from torch import nn

from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    PaperArchitectureConfig,
    TheraflowArchitectureConfig,
)
from theraflow.tnf.surrogate.networks.architectures import ArchitectureConfig
from theraflow.tnf.surrogate.networks.general import GeneralNetwork, GeneralScaling
from theraflow.tnf.surrogate.networks.paper import PaperNetwork
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.networks.theraflow import TheraflowNetwork


def build_network(
    settings: ArchitectureConfig | GeneralArchitectureConfig,
    scaling: Scaling | GeneralScaling,
    hours: int,
) -> nn.Module:
    """Build an untrained network: parameters -> counts (n, hours + 1, 3).

    Parameters are (n, 3), or (n, 4) for the general architecture, with the radius (um) before them.
    Raises ``TypeError`` for a scaling of another architecture.
    """
    match settings, scaling:
        case GeneralArchitectureConfig(), GeneralScaling():
            return GeneralNetwork(settings, scaling, hours)
        case PaperArchitectureConfig(), Scaling():
            return PaperNetwork(settings, scaling, hours)
        case TheraflowArchitectureConfig(), Scaling():
            return TheraflowNetwork(settings, scaling, hours)
    raise TypeError("settings and scaling are those of different architectures")
