"""Training of a surrogate: split, device, epochs, checkpoints."""
