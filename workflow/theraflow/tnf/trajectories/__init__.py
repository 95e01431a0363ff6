"""Trajectories of cell counts as arrays, and errors between them."""
