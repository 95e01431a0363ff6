"""The config of a study as pydantic models: one file per section, one loader."""
