"""The ground under everything: identity, fingerprints, files, Parquet, logs, errors."""
