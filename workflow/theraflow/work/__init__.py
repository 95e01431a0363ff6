"""Pieces of work and how they end: pools, batches, ledgers, budgets, the cluster."""
