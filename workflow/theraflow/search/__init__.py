"""Optimisation that both studies share; it knows of no study."""
