"""Algorithms compared: best-so-far, run times over targets, tests, fronts."""
