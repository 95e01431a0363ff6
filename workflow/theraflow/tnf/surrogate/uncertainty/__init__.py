"""How sure a prediction is: intervals of one simulation and of the mean, from an ensemble."""
