"""The right-hand side of a model as expressions: read, differentiated, eliminated."""
