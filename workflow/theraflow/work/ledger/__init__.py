"""The ledger: every attempt at a piece of work, noted as it happens."""
