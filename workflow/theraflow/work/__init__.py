"""Pieces of work and what becomes of them: pools, batches, ledgers, budgets, the cluster."""
