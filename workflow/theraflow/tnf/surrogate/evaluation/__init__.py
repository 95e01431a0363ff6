"""Surrogates evaluated: accuracy, the simulator's noise, time."""
