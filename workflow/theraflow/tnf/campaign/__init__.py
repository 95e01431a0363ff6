"""Campaigns of simulations: from the design to one table of trajectories."""
