"""The embedded engine: the PhysiBoSS spheroid model, compiled by numba, one thread per simulation.

It knows nothing of files, config or Snakemake: a model, parameters and a seed in, counts out.
"""
