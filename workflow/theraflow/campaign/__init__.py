"""What every simulation campaign shares: tables, batches, ledgers, provenance and atomic files."""
