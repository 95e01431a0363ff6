"""The architectures: networks, their inputs and their recipes of training."""
